import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import type { Change } from '../../schemas/run.ts';

export interface Revision {
  readonly definition: TaskDefinition;
  /** Container name → digest, where ECS or the history knows it. */
  readonly digests: Readonly<Record<string, string>>;
}

/** What differs between two revisions. Values of environment variables are compared, but never shown. */
export function compareRevisions(from: Revision, to: Revision): Change[] {
  const containers = new Set([...namesOf(from.definition), ...namesOf(to.definition)]);
  const several = containers.size > 1;
  const changes = [...containers].flatMap((name) => {
    const before = from.definition.containerDefinitions?.find((container) => container.name === name);
    const after = to.definition.containerDefinitions?.find((container) => container.name === name);
    const prefix = several ? `${name}.` : '';
    if (!before || !after)
      return [
        change(`container.${name}`, 'other', before ? 'present' : 'absent', after ? 'present' : 'absent'),
      ];
    return compareContainers(prefix, before, after, from.digests[name], to.digests[name]);
  });
  const members: Array<[string, Change['kind'], keyof TaskDefinition]> = [
    ['cpu', 'resources', 'cpu'],
    ['memory', 'resources', 'memory'],
    ['taskRole', 'roles', 'taskRoleArn'],
    ['executionRole', 'roles', 'executionRoleArn'],
    ['networkMode', 'other', 'networkMode'],
  ];
  return [
    ...changes,
    ...members.flatMap(([what, kind, member]) =>
      differs(what, kind, from.definition[member], to.definition[member]),
    ),
  ];
}

const namesOf = (definition: TaskDefinition) =>
  (definition.containerDefinitions ?? []).map(({ name }) => name ?? '');

function compareContainers(
  prefix: string,
  from: ContainerDefinition,
  to: ContainerDefinition,
  fromDigest: string | undefined,
  toDigest: string | undefined,
): Change[] {
  return [
    ...compareImages(prefix, from, to, fromDigest, toDigest),
    ...compareEntries(
      `${prefix}environment`,
      'configuration',
      pairs(from.environment, 'value'),
      pairs(to.environment, 'value'),
      () => 'another value',
    ),
    ...compareEntries(
      `${prefix}secret`,
      'secret',
      pairs(from.secrets, 'valueFrom'),
      pairs(to.secrets, 'valueFrom'),
      secretVersion,
    ),
    ...differs(
      `${prefix}command`,
      'configuration',
      from.command?.length ? 'set' : 'image default',
      to.command?.length ? 'set' : 'image default',
      JSON.stringify(from.command ?? []) !== JSON.stringify(to.command ?? []),
    ),
    ...differs(`${prefix}cpu`, 'resources', from.cpu, to.cpu),
    ...differs(`${prefix}memory`, 'resources', from.memory, to.memory),
    ...differs(
      `${prefix}ports`,
      'other',
      JSON.stringify(from.portMappings ?? []),
      JSON.stringify(to.portMappings ?? []),
    ),
  ];
}

/** Tags move: where both digests are known they decide, otherwise the references do. */
function compareImages(
  prefix: string,
  from: ContainerDefinition,
  to: ContainerDefinition,
  fromDigest: string | undefined,
  toDigest: string | undefined,
): Change[] {
  const same =
    fromDigest !== undefined && toDigest !== undefined ? fromDigest === toDigest : from.image === to.image;
  return same
    ? []
    : [
        change(
          `${prefix}image`,
          'image',
          describeImage(from.image, fromDigest),
          describeImage(to.image, toDigest),
        ),
      ];
}

const describeImage = (image: string | undefined, digest: string | undefined) =>
  `${image?.split('/').at(-1) ?? 'none'}${digest ? ` (${digest.slice(0, 19)})` : ''}`;

function pairs(
  entries:
    | ReadonlyArray<{ name?: string | undefined; value?: string | undefined; valueFrom?: string | undefined }>
    | undefined,
  member: 'value' | 'valueFrom',
): Map<string, string> {
  return new Map((entries ?? []).map((entry) => [entry.name ?? '', entry[member] ?? '']));
}

function compareEntries(
  prefix: string,
  kind: Change['kind'],
  from: Map<string, string>,
  to: Map<string, string>,
  describe: (value: string) => string,
): Change[] {
  const names = [...new Set([...from.keys(), ...to.keys()])].sort();
  return names.flatMap((name) => {
    const before = from.get(name);
    const after = to.get(name);
    if (before === after) return [];
    if (before === undefined) return [change(`${prefix}.${name}`, kind, 'not set', 'set')];
    if (after === undefined) return [change(`${prefix}.${name}`, kind, 'set', 'not set')];
    return [
      change(
        `${prefix}.${name}`,
        kind,
        describe(before),
        describe(after) === describe(before) ? `${describe(after)} (another)` : describe(after),
      ),
    ];
  });
}

/** Name and pinned version of a `valueFrom`: `db-x1y2z3 (AWSPREVIOUS)`. */
function secretVersion(valueFrom: string): string {
  const match = /:secret:([^:]+)(?::([^:]*):([^:]*):([^:]*))?$/.exec(valueFrom);
  if (!match) return valueFrom.split('/').at(-1) ?? valueFrom;
  const [, name, , stage, version] = match;
  return `${name} (${version || stage || 'AWSCURRENT'})`;
}

function differs(
  what: string,
  kind: Change['kind'],
  from: unknown,
  to: unknown,
  different = (from ?? '') !== (to ?? ''),
): Change[] {
  return different
    ? [
        change(
          what,
          kind,
          String(from ?? 'not set')
            .split('/')
            .at(-1) as string,
          String(to ?? 'not set')
            .split('/')
            .at(-1) as string,
        ),
      ]
    : [];
}

function change(what: string, kind: Change['kind'], from: string, to: string): Change {
  return { what, kind, from, to };
}

/** Only configuration, secrets and resources changed: the image is not to blame (P-22). */
export function isConfigurationOnly(changes: readonly Change[]): boolean {
  return changes.length > 0 && changes.every(({ kind }) => kind !== 'image' && kind !== 'other');
}
