import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import type { SnapshotPolicy } from '../../schemas/target.ts';
import type { SnapshotFacts } from './list-snapshots.ts';
import { isNameOfRun, runStartOf } from './snapshot-name.ts';

const DAY_MILLISECONDS = 86_400_000;
/** A snapshot that failed, or was never proved good, may still be looked at for so long. */
const UNPROVED_DAYS = 1;
/** What a restore that died left as its mark is believed for so long; no restore takes longer. */
const IN_USE_DAYS = 1;

/** Whose snapshots they are. */
export interface Ownership {
  readonly deployment: string;
  /** Declared name of the database. */
  readonly database: string;
}

export interface Verdict {
  readonly snapshot: SnapshotFacts;
  readonly why: string;
}

export interface Retention {
  /** Good ones, newest first. */
  readonly good: readonly SnapshotFacts[];
  /** What may be deleted now, oldest first. */
  readonly due: readonly Verdict[];
  /** Our own that stay. */
  readonly kept: readonly Verdict[];
}

/** Whether Nightshift took this snapshot of this database. A copy of it that somebody made is theirs, with whatever tags. */
export function isOwn(snapshot: SnapshotFacts, { deployment, database }: Ownership): boolean {
  const { tags } = snapshot;
  const run = tags[Tag.run];
  return (
    snapshot.type === 'manual' &&
    snapshot.copyOf === null &&
    tags[OWNER_TAG] === deployment &&
    tags[Tag.database] === database &&
    tags[Tag.purpose] === 'snapshot' &&
    run !== undefined &&
    isNameOfRun(snapshot.identifier, run)
  );
}

/** Whether it is one of ours that was proved good and still is there to be restored from. */
export function isGood(snapshot: SnapshotFacts, ownership: Ownership): boolean {
  return (
    isOwn(snapshot, ownership) &&
    snapshot.status === 'available' &&
    snapshot.takenAt !== null &&
    snapshot.tags[Tag.verifiedAt] !== undefined
  );
}

/**
 * Decides which snapshots are kept. Nothing of others is ever due, nor the newest good one, nor what a restore or a copy uses, nor
 * one that is still being made.
 *
 * @param asOf the time that ages are taken at: that of the run's beginning, so that plan and act decide alike
 */
export function decideRetention(
  snapshots: readonly SnapshotFacts[],
  ownership: Ownership,
  policy: SnapshotPolicy,
  asOf: Date,
): Retention {
  const own = snapshots.filter((snapshot) => isOwn(snapshot, ownership)).sort(newestFirst);
  const good = own.filter((snapshot) => isGood(snapshot, ownership));
  const atLeast = Math.max(1, policy.keepAtLeast);
  const counted = new Set(good.slice(0, atLeast));
  const judged = own.map((snapshot): Verdict & { readonly due: boolean } => {
    const stays = (why: string) => ({ snapshot, why, due: false });
    const goes = (why: string) => ({ snapshot, why, due: true });
    const days = (asOf.getTime() - madeAt(snapshot)) / DAY_MILLISECONDS;
    const age = `${Math.floor(Math.max(0, days))} days old`;
    const used = whyInUse(snapshot, snapshots, asOf);
    if (used !== undefined) return stays(used);
    if (good.includes(snapshot)) {
      if (counted.has(snapshot)) return stays(`one of the ${atLeast} newest good ones`);
      return days > policy.keepDays
        ? goes(`${age}; kept for ${policy.keepDays}`)
        : stays(`${age}, kept for ${policy.keepDays}`);
    }
    const what = snapshot.status === 'failed' ? 'failed' : 'never proved good';
    if (days <= UNPROVED_DAYS) return stays(`${what}, not yet ${UNPROVED_DAYS} day old`);
    // Without a good one it may be the best that there is.
    if (good.length === 0 && snapshot.status !== 'failed') return stays(`${what}, but there is no good one`);
    return goes(`${what}, ${age}`);
  });
  const verdicts = (due: boolean) =>
    judged.filter((one) => one.due === due).map(({ snapshot, why }) => ({ snapshot, why }));
  return { good, due: verdicts(true).reverse(), kept: verdicts(false) };
}

/** Why a snapshot must not be deleted now whatever its age, or undefined. */
function whyInUse(snapshot: SnapshotFacts, all: readonly SnapshotFacts[], asOf: Date): string | undefined {
  if (snapshot.status !== 'available' && snapshot.status !== 'failed') return `it is ${snapshot.status}`;
  const copy = all.find(
    ({ copyOf, status }) => copyOf === snapshot.arn && status !== 'available' && status !== 'failed',
  );
  if (copy !== undefined) return `${copy.identifier} is being copied from it`;
  const mark = snapshot.tags[Tag.inUseBy];
  if (mark === undefined) return undefined;
  const [run = '', since = ''] = mark.split(' ');
  const until = Date.parse(since) + IN_USE_DAYS * DAY_MILLISECONDS;
  // A mark that cannot be read is believed: somebody meant something by it.
  return until <= asOf.getTime() ? undefined : `${run} restores from it`;
}

/** One that failed has no data, and so no time of them: the run's that took it stands in. */
function madeAt({ takenAt, identifier }: SnapshotFacts): number {
  const time = takenAt === null ? runStartOf(identifier)?.getTime() : Date.parse(takenAt);
  // Of unknown age is as young as can be: it stays.
  return time === undefined || Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}

function newestFirst(left: SnapshotFacts, right: SnapshotFacts): number {
  const [leftAt, rightAt] = [madeAt(left), madeAt(right)];
  if (leftAt !== rightAt) return leftAt > rightAt ? -1 : 1;
  return left.identifier < right.identifier ? 1 : -1;
}
