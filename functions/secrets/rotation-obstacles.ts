import { presentRecord, staleConsumers } from './present-record.ts';
import { shortVersion } from './rotation-state.ts';
import { type SecretSituation, STAGED_LABEL } from './state.ts';

/** Kinds whose values somebody else makes: an operator stages one, and the rotation takes it. */
const STAGED_KINDS: ReadonlySet<string> = new Set(['external-key', 'policy-value']);

/** What a rotation is judged by. */
export interface Wish {
  readonly does: 'rotate' | 'finish' | 'undo';
  /** Why it was asked for all the same; it overrides what is only a matter of time. */
  readonly reason: string | undefined;
  readonly compromised: boolean;
  /** ARN of the function that must keep it. */
  readonly keeper: string | undefined;
  readonly now: Date;
}

/** Why a secret cannot be treated as wished, one sentence each, without a full stop. */
export function rotationObstacles(found: SecretSituation, wish: Wish): string[] {
  const { inspection, current, unfinished } = found;
  return [
    ...(current === null ? ['no version of it is current: store a value first'] : []),
    ...inspection.obstacles.map((sentence) => sentence.replace(/\.$/, '')),
    ...(unfinished?.state === 'under-way'
      ? [
          `a rotation of it is under way (version ${shortVersion(unfinished.version)}${unfinished.why === null ? '' : `, which failed last: ${unfinished.why}`}): wait until it has ended`,
        ]
      : []),
    ...consumerObstacles(found),
    ...(wish.does === 'rotate' ? [...settingObstacles(found, wish), ...timeObstacles(found, wish)] : []),
    ...(wish.does === 'undo' ? undoObstacles(found) : []),
  ];
}

function settingObstacles(
  { target, rotationEnabled, rotationFunction, staged }: SecretSituation,
  { keeper }: Wish,
) {
  const kind = target.rotation?.kind;
  if (kind === undefined) return ['it has no "rotation" in the configuration'];
  return [
    ...(rotationEnabled
      ? []
      : ['rotation is not turned on in Secrets Manager: deploy the Nightshift stack, which does that']),
    ...(rotationEnabled && rotationFunction !== keeper
      ? [`Secrets Manager rotates it by another function than Nightshift's (${rotationFunction})`]
      : []),
    ...(STAGED_KINDS.has(kind) && staged === null
      ? [`no value is staged for it (${STAGED_LABEL}): run "nightshift secret stage ${target.name}" first`]
      : []),
  ];
}

/** A consumer that cannot be given the new value would be left with one that is taken away. */
function consumerObstacles({ consumers }: SecretSituation): string[] {
  return consumers.flatMap(({ name, cluster, service, pinned, controller, desired }) => [
    ...(controller === 'none'
      ? [
          `ECS has no active service "${service}" in the cluster "${cluster}", which is declared as its consumer ${name}`,
        ]
      : []),
    ...(pinned.length > 0
      ? [
          `${name} would never see a new value: ${pinned.join(', ')} in its task definition names a version or another label than AWSCURRENT`,
        ]
      : []),
    ...(!['none', 'ECS'].includes(controller) && desired > 0
      ? [`${name} is deployed by ${controller}, which alone can start its tasks anew`]
      : []),
  ]);
}

/**
 * A further rotation takes away what is two values old, or the login that consumers have not left yet. A reason, or that the values are
 * known to others, outweighs that.
 */
function timeObstacles(found: SecretSituation, { reason, compromised, now }: Wish): string[] {
  if (reason !== undefined || compromised) return [];
  const record = presentRecord(found);
  const how = 'To rotate it all the same, give a "reason"';
  const stale = staleConsumers(found);
  return [
    ...(record !== null &&
    record.undoneAt === undefined &&
    isLater(record.retireAt, now) &&
    record.retiredAt === undefined
      ? [
          `the value before is good until ${record.retireAt}, and another rotation would cut that short. ${how}`,
        ]
      : []),
    ...(stale.length > 0
      ? [
          `${stale.join(', ')} still ${stale.length === 1 ? 'runs' : 'run'} tasks that began before its last rotation, and would lose the value that they hold. End that rotation first, with "nightshift run rotate-secret --secret ${found.target.name} --unfinished finish". ${how}`,
        ]
      : []),
  ];
}

const isLater = (time: string | undefined, now: Date) => Date.parse(time ?? '') > now.getTime();

function undoObstacles(found: SecretSituation): string[] {
  const { previous, retirement } = found;
  const record = presentRecord(found);
  return [
    ...(previous === null ? ['it has no previous version to return to'] : []),
    ...(retirement === 'none'
      ? []
      : [
          `the value before was ${retirement === 'done' ? 'retired' : 'about to be retired'}: it opens nothing any more. Rotate the secret instead`,
        ]),
    ...(record?.undoneAt === undefined
      ? []
      : [
          `its last rotation was taken back already, at ${record.undoneAt}: the previous version is the one that was not good`,
        ]),
  ];
}
