import { Tag } from '../../schemas/names.ts';
import type { Check, Run } from '../../schemas/run.ts';
import type { DatabaseTarget } from '../../schemas/target.ts';
import type { StoredManifest } from '../postgres/manifest/store.ts';
import { whyNotGood, whyWronglyEncrypted } from './judge-snapshot.ts';
import type { SnapshotFacts } from './list-snapshots.ts';
import { decideRetention } from './retention.ts';
import type { AppliedRetention, InspectedInstance } from './state.ts';

/** The manifest, or why there is none to compare with. */
export type ManifestFound = { readonly stored: StoredManifest } | { readonly why: string };

/** What was found after the act, and what it is held against. */
export interface FoundSnapshots {
  readonly run: Pick<Run, 'id' | 'startedAt'>;
  readonly target: Pick<DatabaseTarget, 'name' | 'snapshots'>;
  readonly deployment: string;
  /** Of the snapshot that this run took. */
  readonly identifier: string;
  readonly snapshot: SnapshotFacts | undefined;
  readonly instance: InspectedInstance | null;
  readonly manifest: ManifestFound;
  /** All manual ones of the region. */
  readonly snapshots: readonly SnapshotFacts[];
  /** Good ones when the plan was made. */
  readonly goodBefore: number;
  /** Identifiers that the plan was to delete. */
  readonly planned: readonly string[];
  readonly retention: AppliedRetention;
  readonly at: string;
}

/** Judges what there is after a run of snapshot-database. */
export function judgeSnapshots(found: FoundSnapshots): Check[] {
  const { identifier, snapshot, instance, at } = found;
  const check = (name: string, why: string | undefined, good: string): Check => ({
    name,
    passed: why === undefined,
    measured: why ?? good,
    at,
  });
  const gone = `RDS knows no snapshot ${identifier}`;
  return [
    check(
      'snapshot',
      whyBad(found) ?? undefined,
      `${identifier} is available and marked good, data of ${snapshot?.takenAt}`,
    ),
    check(
      'encryption',
      snapshot === undefined || instance === null ? gone : whyWronglyEncrypted(snapshot, instance),
      snapshot?.encrypted
        ? `encrypted with ${snapshot.kmsKeyId ?? 'a key'}`
        : 'not encrypted, as its instance',
    ),
    check('manifest', whyNoManifest(found), `stored and readable, ${tablesOf(found)} tables`),
    ...judgeRetention(found),
  ];
}

function whyBad({ identifier, snapshot, instance, run }: FoundSnapshots): string | undefined {
  if (snapshot === undefined || instance === null) return `RDS knows no snapshot ${identifier}`;
  return (
    whyNotGood(snapshot, instance, run) ??
    (snapshot.tags[Tag.verifiedAt] === undefined ? 'it is not marked as good' : undefined)
  );
}

function whyNoManifest({ manifest, snapshot }: FoundSnapshots): string | undefined {
  if ('why' in manifest) return `there is none (${manifest.why}): a restore cannot be proved row by row`;
  const { snapshotArn, takenAt } = manifest.stored;
  if (snapshotArn !== snapshot?.arn) return `it belongs to ${snapshotArn}`;
  if (snapshot.takenAt !== null && Date.parse(takenAt) > Date.parse(snapshot.takenAt))
    return `it was taken at ${takenAt}, after the snapshot (${snapshot.takenAt})`;
  return undefined;
}

function tablesOf({ manifest }: FoundSnapshots): number {
  return 'stored' in manifest ? manifest.stored.manifest.tables.length : 0;
}

function judgeRetention({
  run,
  target,
  deployment,
  snapshots,
  goodBefore,
  planned,
  retention,
  at,
}: FoundSnapshots): Check[] {
  const { keepAtLeast, keepDays } = target.snapshots;
  const { good, due } = decideRetention(
    snapshots,
    { deployment, database: target.name },
    target.snapshots,
    new Date(run.startedAt),
  );
  // In the first days there cannot be more than were ever taken.
  const promised = Math.min(Math.max(1, keepAtLeast), goodBefore + 1);
  const excused = new Set([...retention.left, ...retention.skipped.map(({ snapshot }) => snapshot)]);
  const over = due.map(({ snapshot }) => snapshot.identifier).filter((name) => planned.includes(name));
  const forgotten = over.filter((name) => !excused.has(name));
  const later = due.length - forgotten.length;
  return [
    {
      name: 'good snapshots',
      passed: good.length >= promised,
      measured: `${good.length}, at least ${promised}`,
      at,
    },
    {
      name: 'retention',
      passed: forgotten.length === 0,
      measured:
        forgotten.length > 0
          ? `still there although deleted: ${forgotten.join(', ')}`
          : `${retention.deleted.length} deleted, none older than ${keepDays} days left${later > 0 ? ` but ${later} for the next runs` : ' that may go'}`,
      at,
    },
  ];
}
