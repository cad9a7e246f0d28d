import type { SecretTarget } from '../../schemas/secret.ts';
import { presentRecord, staleConsumers } from './present-record.ts';
import type { Wish } from './rotation-obstacles.ts';
import { type PlannedSecret, rotationToken, shortVersion } from './rotation-state.ts';
import type { SecretSituation } from './state.ts';

/** Kinds whose keepers ask consumers themselves, as a part of what proves adoption. */
const ASKED_BY_KEEPER: ReadonlySet<string> = new Set(['signing-key', 'external-key', 'policy-value']);

/** What a run is to do with one secret that nothing stands in the way of. */
export function planSecret(
  found: SecretSituation,
  wish: Pick<Wish, 'does' | 'compromised' | 'now'>,
  { run, wave }: { readonly run: string; readonly wave: number },
): PlannedSecret {
  const { target, current, previous, unfinished, lastRotatedAt, versions } = found;
  const { does } = wish;
  return {
    name: target.name,
    arn: target.secretArn,
    kind: target.rotation?.kind ?? 'none',
    does,
    why: null,
    wave,
    current,
    previous,
    token: does === 'rotate' ? rotationToken(run, target.name) : null,
    leftBehind: does === 'rotate' ? (unfinished?.version ?? null) : null,
    currentSince:
      presentRecord(found)?.rotatedAt ??
      lastRotatedAt ??
      (versions.find(({ id }) => id === current)?.createdAt || null),
    consumers: [...target.consumers],
    redeploys: does !== 'finish' || presentRecord(found)?.adoptedAt === undefined,
    retires: retiredVersion(found, wish),
    overlapSeconds: target.overlapSeconds,
    rotateEveryDays: target.rotateEveryDays ?? null,
    adoption: adoptionOf(target),
  };
}

/** Which version this run takes away: the replaced one where nothing overlaps; one whose time has come. */
function retiredVersion(
  found: SecretSituation,
  { does, compromised, now }: Pick<Wish, 'does' | 'compromised' | 'now'>,
): string | null {
  const { target, current, previous, retirement } = found;
  const overlaps = target.overlapSeconds > 0 && !compromised;
  if (does === 'rotate') return overlaps ? null : current;
  if (does === 'undo' || previous === null || retirement === 'done') return null;
  // What was begun has to be ended.
  if (retirement === 'begun' || !overlaps) return previous;
  const record = presentRecord(found);
  if (record === null || record.undoneAt !== undefined || record.retireAt === undefined) return null;
  return Date.parse(record.retireAt) <= now.getTime() ? previous : null;
}

function adoptionOf({ rotation, adoption }: SecretTarget): PlannedSecret['adoption'] {
  if (adoption === undefined || ASKED_BY_KEEPER.has(rotation?.kind ?? '')) return null;
  return { path: adoption.path, statuses: adoption.statuses };
}

/** What the operator should know of a secret, one sentence each. */
export function secretWarnings(found: SecretSituation, wish: Wish): string[] {
  const { target, inspection, unfinished, consumers, lastRotatedAt, record, previous } = found;
  const { name } = target;
  const resting = consumers.filter(({ desired }) => desired === 0).map((consumer) => consumer.name);
  const unnamed = consumers.filter(({ refers }) => !refers).map((consumer) => consumer.name);
  const rolling = consumers.filter(({ rollingOut }) => rollingOut).map((consumer) => consumer.name);
  const stale = staleConsumers(found);
  const unretired =
    wish.does === 'rotate' &&
    record?.retireAt !== undefined &&
    record.retiredAt === undefined &&
    record.undoneAt === undefined;
  return [
    ...inspection.warnings,
    ...(lastRotatedAt === null && previous === null ? ['was never rotated.'] : []),
    ...(unfinished?.state === 'left-behind'
      ? [
          `has a pending version ${shortVersion(unfinished.version)} that an earlier rotation left behind${unfinished.why === null ? '' : ` (${unfinished.why})`}; ${wish.does === 'rotate' ? 'it is given up, and a new one is made' : 'it is left as it is'}.`,
        ]
      : []),
    ...(consumers.length === 0
      ? ['has no declared consumer: nobody is deployed anew, and nobody asked.']
      : []),
    ...(unnamed.length > 0
      ? [
          `is not mentioned in the task definition of ${unnamed.join(', ')}: is the list of its consumers right?`,
        ]
      : []),
    ...(resting.length > 0 ? [`${resting.join(', ')} rests, and gets the value when it is started.`] : []),
    ...(rolling.length > 0
      ? [`a deployment of ${rolling.join(', ')} is going on; what it deploys is deployed anew.`]
      : []),
    ...(stale.length > 0 && wish.does === 'rotate'
      ? [
          `${stale.join(', ')} may still use the value before the current one, which this rotation takes away.`,
        ]
      : []),
    ...(unretired
      ? ['the value before was not retired yet; this rotation puts another one in its place.']
      : []),
  ].map((sentence) => `${name}: ${sentence}`);
}
