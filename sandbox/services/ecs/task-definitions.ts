import { AwsError, type Machine } from '../../contract.ts';

// biome-ignore lint/suspicious/noExplicitAny: task definitions have the members of the API, validated by the wire.
type Any = any;

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  status: 'ACTIVE' | 'INACTIVE';
  readonly definition: Any;
  readonly tags: ReadonlyArray<{ key: string; value: string }>;
  readonly registeredAt: number;
  deregisteredAt?: number;
}

/** Families and their revisions. */
export class TaskDefinitions {
  readonly #families = new Map<string, TaskDefinition[]>();
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  register(definition: Any, tags: TaskDefinition['tags'] = []): TaskDefinition {
    const { family } = definition;
    if (!definition.containerDefinitions?.length)
      throw new AwsError('ClientException', 'Container list cannot be empty.');
    const revisions = this.#families.get(family) ?? [];
    const revision = revisions.length + 1;
    const registered: TaskDefinition = {
      arn: this.#machine.arn('ecs', `task-definition/${family}:${revision}`),
      family,
      revision,
      status: 'ACTIVE',
      definition: {
        ...definition,
        containerDefinitions: definition.containerDefinitions.map((container: Any) => ({
          essential: true,
          environment: [],
          secrets: [],
          portMappings: [],
          ...container,
        })),
      },
      tags,
      registeredAt: this.#machine.clock.now(),
    };
    this.#families.set(family, [...revisions, registered]);
    return registered;
  }

  /** By ARN, `family:revision` or `family` (its newest active revision). */
  find(id: string): TaskDefinition {
    const name = id.split('task-definition/').at(-1) as string;
    const [family, revision] = name.split(':');
    const revisions = this.#families.get(family as string) ?? [];
    const found =
      revision === undefined
        ? revisions.findLast(({ status }) => status === 'ACTIVE')
        : revisions[Number(revision) - 1];
    if (!found) throw new AwsError('ClientException', 'Unable to describe task definition.');
    return found;
  }

  deregister(id: string): TaskDefinition {
    const found = this.find(id);
    found.status = 'INACTIVE';
    found.deregisteredAt = this.#machine.clock.now();
    return found;
  }

  list(family?: string): TaskDefinition[] {
    return [...this.#families.values()]
      .flat()
      .filter((one) => one.status === 'ACTIVE' && one.family === (family ?? one.family));
  }

  show({ arn, family, revision, status, definition, registeredAt, deregisteredAt }: TaskDefinition): Any {
    const { tags: _tags, ...rest } = definition;
    return {
      ...rest,
      taskDefinitionArn: arn,
      family,
      revision,
      status,
      registeredAt: new Date(registeredAt),
      ...(deregisteredAt === undefined ? {} : { deregisteredAt: new Date(deregisteredAt) }),
    };
  }
}
