import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import type { RunRequest } from '../../schemas/run.ts';
import { InvalidInput, PreconditionFailed } from '../errors.ts';
import type { RestorableSnapshot } from './restorable-snapshots.ts';
import type { RecoveryPoint, Situation } from './state.ts';

/** What there is to go back to. */
export interface RecoveryQuestion {
  readonly deployment: string;
  /** Declared name of the database. */
  readonly database: string;
  readonly situation: Situation;
  readonly request: RunRequest;
  /** All of this account. */
  readonly snapshots: readonly RestorableSnapshot[];
  /** What `request.snapshot` names; undefined where there is no such snapshot. */
  readonly named: RestorableSnapshot | undefined;
}

const UNCHANGED = 'Nothing was changed.';

/** Whether a new instance is asked for, and not only the end of a swap that was left half-way. */
export function asksForNew({ snapshot, toTime, mode }: RunRequest): boolean {
  return snapshot !== undefined || toTime !== undefined || mode === 'beside';
}

/**
 * Decides what a restore goes back to: the asked-for time or snapshot, else the newest good snapshot, else the newest automated one.
 *
 * @throws InvalidInput for a request that contradicts itself; PreconditionFailed where there is nothing to go back to
 */
export function decideRecoveryPoint(question: RecoveryQuestion): RecoveryPoint {
  const { situation, request, database } = question;
  const { snapshot, toTime, unfinished } = request;
  if (snapshot !== undefined && toTime !== undefined)
    throw new InvalidInput(
      `A snapshot (${snapshot}) and a time (${toTime}) were both asked for; a restore goes to one of them. ${UNCHANGED}`,
    );
  if (unfinished !== undefined) {
    if (asksForNew(request))
      throw new InvalidInput(
        `"unfinished" is about a swap that an earlier run left half-way, and a new restore was asked for besides. ${UNCHANGED} Do one after the other.`,
      );
    if (situation.unfinishedSwap === null)
      throw new PreconditionFailed(
        `There is no unfinished swap of ${database} to ${unfinished}. ${UNCHANGED} Leave "unfinished" out for a new restore.`,
      );
  }
  if (situation.unfinishedSwap !== null && !asksForNew(request))
    return { kind: 'none', snapshot: null, snapshotArn: null, at: '', manifest: null, warnings: [] };
  if (toTime !== undefined) return pointInTime(question, toTime);
  return snapshot === undefined ? newest(question) : named(question, snapshot);
}

function pointInTime(question: RecoveryQuestion, toTime: string): RecoveryPoint {
  const { situation, snapshots, database } = question;
  const at = Date.parse(toTime);
  if (Number.isNaN(at) || !/T.*(Z|[+-]\d\d:?\d\d)$/.test(toTime))
    throw new InvalidInput(
      `"${toTime}" is not a time with its zone, such as 2026-11-21T03:00:00Z. ${UNCHANGED}`,
    );
  const source = situation.instance ?? situation.unfinishedSwap?.original;
  const latest = source?.latestRestorableAt ?? undefined;
  const earliest = automatedOf(snapshots, source?.resourceId).at(-1)?.takenAt ?? undefined;
  if (source === undefined || latest === undefined || earliest === undefined)
    throw new PreconditionFailed(
      `${source?.identifier ?? database} cannot be restored to a time: it has no automated backups. ${UNCHANGED} Restore from a snapshot.`,
    );
  if (at < Date.parse(earliest) || at > Date.parse(latest))
    throw new PreconditionFailed(
      `${source.identifier} can be restored to any time from ${short(earliest)} to ${short(latest)}, and ${short(new Date(at).toISOString())} is ${at > Date.parse(latest) ? 'later' : 'earlier'}. ${UNCHANGED} Choose a time in between, or a snapshot.`,
      { earliest, latest, asked: new Date(at).toISOString() },
    );
  const manifest = manifestBefore(question, at, source.resourceId);
  return {
    kind: 'time',
    snapshot: null,
    snapshotArn: null,
    at: new Date(at).toISOString(),
    manifest,
    warnings: manifest === null ? [`No manifest of ${database} is older than this time.`] : [],
  };
}

function named(question: RecoveryQuestion, name: string): RecoveryPoint {
  const { named: snapshot, situation, database } = question;
  if (snapshot === undefined)
    throw new PreconditionFailed(
      `There is no snapshot ${name} in this region. ${UNCHANGED} One of another account is named by its ARN, and must be shared with this account.`,
      { snapshot: name },
    );
  if (snapshot.status !== 'available')
    throw new PreconditionFailed(
      `The snapshot ${name} is ${snapshot.status}; only one that is available can be restored from. ${UNCHANGED}`,
      { snapshot: name, status: snapshot.status },
    );
  if (snapshot.engine !== 'postgres')
    throw new PreconditionFailed(
      `The snapshot ${name} is of ${snapshot.engine}, and ${database} is PostgreSQL. ${UNCHANGED}`,
    );
  const instance = situation.instance ?? situation.unfinishedSwap?.original;
  requireUsableKey(snapshot, name, accountOf(instance?.arn));
  const isOfDatabase =
    snapshot.tags[Tag.database] === database ||
    (instance !== undefined && snapshot.resourceId === instance.resourceId);
  return fromSnapshot(snapshot, [
    ...(isOfDatabase
      ? []
      : [
          `${name} is a snapshot of the instance ${snapshot.instance}, not of ${instance?.identifier ?? database}: it is used because it was asked for by name.`,
        ]),
    ...(snapshot.tags[Tag.verifiedAt] === undefined
      ? [
          `${name} was never proved good${snapshot.tags[Tag.manifest] === undefined ? ' and has no manifest' : ''}.`,
        ]
      : []),
  ]);
}

/**
 * Restoring data that are encrypted with another account's key is accepted and fails half-way (rule 18).
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html
 * @throws PreconditionFailed that says to copy it first
 */
function requireUsableKey(snapshot: RestorableSnapshot, name: string, own: string | undefined): void {
  const owner = accountOf(snapshot.arn);
  const keyOwner = accountOf(snapshot.kmsKeyId ?? undefined);
  const isForeign = (account: string | undefined) =>
    account !== undefined && own !== undefined && account !== own;
  if (!snapshot.encrypted || !(isForeign(owner) || isForeign(keyOwner))) return;
  throw new PreconditionFailed(
    `The snapshot ${name} is encrypted with a key of the account ${isForeign(keyOwner) ? keyOwner : owner}: RDS would accept the restore and fail half-way. ${UNCHANGED} Copy the snapshot within this account with a key of your own, and restore from the copy.`,
    { snapshot: name, key: snapshot.kmsKeyId },
  );
}

function newest(question: RecoveryQuestion): RecoveryPoint {
  const { deployment, database, situation, snapshots } = question;
  const good = usable(snapshots).find(
    ({ tags }) =>
      tags[OWNER_TAG] === deployment && tags[Tag.database] === database && tags[Tag.verifiedAt] !== undefined,
  );
  if (good !== undefined)
    return fromSnapshot(
      good,
      good.tags[Tag.manifest] === undefined
        ? [`${good.identifier} has no manifest, though it was marked as good.`]
        : [],
    );
  const instance = situation.instance ?? situation.unfinishedSwap?.original;
  const [automated] = automatedOf(snapshots, instance?.resourceId);
  if (automated !== undefined)
    return fromSnapshot(automated, [
      `There is no snapshot of ${database} that Nightshift has proved good: the newest automated one is used.`,
    ]);
  throw new PreconditionFailed(
    `There is nothing to restore ${database} from: neither a snapshot that Nightshift has proved good nor an automated one. ${UNCHANGED} Name a snapshot, or start snapshot-database for the next time.`,
  );
}

function fromSnapshot(snapshot: RestorableSnapshot, warnings: readonly string[]): RecoveryPoint {
  const { identifier, arn, takenAt, tags, engineVersion, allocatedGigabytes, port } = snapshot;
  if (takenAt === null)
    throw new PreconditionFailed(
      `RDS does not tell when the data of the snapshot ${identifier} were taken. ${UNCHANGED} Choose another one.`,
    );
  return {
    kind: 'snapshot',
    snapshot: identifier,
    snapshotArn: arn,
    at: takenAt,
    manifest: tags[Tag.manifest] ?? null,
    source: { engineVersion, allocatedGigabytes, port },
    warnings: [...warnings],
  };
}

/** Key of the newest manifest that was taken at or before an instant, by the tags of snapshots of the same instance. */
function manifestBefore(
  { snapshots, deployment, database }: RecoveryQuestion,
  at: number,
  resourceId: string,
): string | null {
  const found = usable(snapshots).find(
    (snapshot) =>
      snapshot.tags[Tag.manifest] !== undefined &&
      snapshot.tags[OWNER_TAG] === deployment &&
      snapshot.tags[Tag.database] === database &&
      // One of before a swap is of another line of time: its transaction ids say nothing about this one.
      snapshot.resourceId === resourceId &&
      Date.parse(snapshot.takenAt as string) <= at,
  );
  return found?.tags[Tag.manifest] ?? null;
}

/** Available ones, newest first. */
function usable(snapshots: readonly RestorableSnapshot[]): RestorableSnapshot[] {
  return snapshots
    .filter(({ status, takenAt }) => status === 'available' && takenAt !== null)
    .sort((left, right) => Date.parse(right.takenAt as string) - Date.parse(left.takenAt as string));
}

/** Those that RDS makes by itself of this very instance, newest first. */
function automatedOf(
  snapshots: readonly RestorableSnapshot[],
  resourceId: string | undefined,
): RestorableSnapshot[] {
  return usable(snapshots).filter(
    (snapshot) => snapshot.type === 'automated' && snapshot.resourceId === resourceId,
  );
}

const accountOf = (arn: string | undefined) => (arn?.startsWith('arn:') ? arn.split(':')[4] : undefined);
const short = (at: string) => `${at.slice(0, 19)}Z`;
