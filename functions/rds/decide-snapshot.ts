import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import type { Action, Run } from '../../schemas/run.ts';
import type { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import type { SnapshotFacts } from './list-snapshots.ts';
import { decideRetention, type Verdict } from './retention.ts';
import { snapshotName } from './snapshot-name.ts';
import type { InspectedInstance, Situation } from './state.ts';

/** What the plan says must still hold when it is carried out; `observed` of the plan. */
export interface SnapshotDecision {
  readonly instance: InspectedInstance;
  readonly identifier: string;
  /** Good snapshots before this one. */
  readonly good: number;
  /** Manual snapshots of the region, whosever. */
  readonly manual: number;
  /** What retention deletes once the new one is good, oldest first. */
  readonly due: readonly Verdict[];
  /** Further ones that are due: for the next runs. */
  readonly dueLater: number;
  readonly actions: readonly Action[];
  readonly warnings: readonly string[];
  readonly summary: string;
}

/**
 * Manual snapshots that a region may have unless AWS was asked for more.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
 */
export const MANUAL_SNAPSHOT_QUOTA = 100;
/** So few left are worth a warning: a few days' worth. */
const FEW_LEFT = 10;
/** Most snapshots that one run deletes: what a run does must be overseen by whoever approves it, and each takes a call or three. */
export const MOST_DELETIONS = 50;

/** RDS promises no times. These are of the size that its customers see: the first snapshot is a full copy, later ones are not. */
const SNAPSHOT_SECONDS = 120;
const FULL_COPY_SECONDS_PER_GIGABYTE = 4;
const DELETION_SECONDS = 2;
/** Backup storage beyond what an instance's own storage includes, list price of us-east-1, in USD. */
const USD_PER_GIGABYTE_MONTH = 0.095;
const DAYS_PER_MONTH = 30;

/** From these an instance does not become available by waiting. */
const LASTING = new Set([
  'deleting',
  'failed',
  'stopped',
  'stopping',
  'inaccessible-encryption-credentials',
  'inaccessible-encryption-credentials-recoverable',
  'incompatible-credentials',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'insufficient-capacity',
  'restore-error',
  'storage-full',
]);

/** @throws PreconditionFailed where no snapshot can be taken */
export function decideSnapshot(
  run: Pick<Run, 'id' | 'startedAt'>,
  target: DatabaseTarget,
  { instance, unfinishedSwap }: Situation,
  snapshots: readonly SnapshotFacts[],
  deployment: string,
): SnapshotDecision {
  if (instance === null)
    throw new PreconditionFailed(
      `No instance is called ${target.instance}: a swap is half-way. No snapshot was taken, nothing was changed. Start restore-database for ${target.name} with "unfinished" finish or undo, then take the snapshot.`,
      { swap: unfinishedSwap?.run },
    );
  if (LASTING.has(instance.status))
    throw new PreconditionFailed(
      `${instance.identifier} is ${instance.status}, and RDS takes no snapshot of such an instance. Nothing was changed. Bring the instance back, then start the runbook again.`,
      { status: instance.status },
    );
  const identifier = snapshotName(target.name, run);
  const asOf = new Date(run.startedAt);
  const ownership = { deployment, database: target.name };
  // As it will be once the new one is good: an older one may then go. What an earlier attempt of this run made is that one.
  const others = snapshots.filter((snapshot) => snapshot.identifier !== identifier);
  const before = decideRetention(others, ownership, target.snapshots, asOf);
  const after = decideRetention(
    [...others, asGood(identifier, run, instance, ownership)],
    ownership,
    target.snapshots,
    asOf,
  );
  const due = after.due.slice(0, MOST_DELETIONS);
  const first = before.good.length === 0;
  const gigabytes = instance.settings.allocatedGigabytes;
  const costUsd = round((gigabytes * USD_PER_GIGABYTE_MONTH * target.snapshots.keepDays) / DAYS_PER_MONTH);
  const deletions = due.length === 1 ? 'one old snapshot' : `${due.length} old snapshots`;
  return {
    instance,
    identifier,
    good: before.good.length,
    manual: others.length,
    due,
    dueLater: after.due.length - due.length,
    actions: [
      {
        id: 'create-snapshot',
        title: `Take the snapshot ${identifier} of ${instance.identifier}`,
        call: 'rds:CreateDBSnapshot',
        resource: instance.arn,
        parameters: { snapshot: identifier },
        reversible: true,
        undo: `Delete the snapshot ${identifier}.`,
        expectedSeconds: SNAPSHOT_SECONDS + (first ? gigabytes * FULL_COPY_SECONDS_PER_GIGABYTE : 0),
        costUsd,
      },
      ...(due.length === 0
        ? []
        : [
            {
              id: 'delete-snapshots',
              title: `Delete ${deletions} once the new one is proved good`,
              call: 'rds:DeleteDBSnapshot',
              resource: snapshotArn(instance.arn, '*'),
              parameters: {
                snapshots: due.map(({ snapshot, why }) => ({ identifier: snapshot.identifier, why })),
              },
              reversible: false,
              undo: 'A deleted snapshot does not come back.',
              expectedSeconds: due.length * DELETION_SECONDS,
              costUsd: 0,
            },
          ]),
    ],
    warnings: warningsOf(target, instance, unfinishedSwap, others.length, first),
    summary: `Takes a manifest of ${target.name} (counts and digests, no rows), then the snapshot ${identifier} of ${instance.identifier} (${gigabytes} GiB), and proves it complete. It has ${before.good.length === 1 ? 'one good snapshot' : `${before.good.length} good snapshots`} so far. ${due.length === 0 ? 'No old snapshot is deleted' : `Then it deletes ${deletions}: ${due[0]?.snapshot.identifier}${due.length > 1 ? ' and newer ones' : ''}`}. RDS promises no times; kept for ${target.snapshots.keepDays} days it costs at most about ${costUsd} USD, less where the backup storage that the instance includes is not used up.`,
  };
}

/** ARN of a snapshot beside an instance. */
export function snapshotArn(instanceArn: string, snapshot: string): string {
  return `${instanceArn.split(':').slice(0, 5).join(':')}:snapshot:${snapshot}`;
}

function warningsOf(
  target: DatabaseTarget,
  { identifier, status, encrypted, settings }: InspectedInstance,
  swap: Situation['unfinishedSwap'],
  manual: number,
  first: boolean,
): string[] {
  const critical = target.expectations?.criticalTables ?? [];
  return [
    ...(status === 'available'
      ? []
      : [`${identifier} is ${status} now: the run waits until it is available.`]),
    ...(encrypted ? [] : [`${identifier} is not encrypted, so the snapshot will not be either.`]),
    ...(settings.backupRetentionDays > 0
      ? []
      : [
          `Automated backups of ${identifier} are off: without them it cannot be restored to a point in time.`,
        ]),
    ...(manual + FEW_LEFT >= MANUAL_SNAPSHOT_QUOTA
      ? [
          `This region has ${manual} manual snapshots; unless AWS was asked for more, it may have ${MANUAL_SNAPSHOT_QUOTA}.`,
        ]
      : []),
    ...(critical.length > 0
      ? []
      : ['No table is declared critical: of large tables only samples of the rows will be provable.']),
    ...(first ? ['There is no good snapshot yet: this is the first, a full copy, and takes longest.'] : []),
    ...(swap === null
      ? []
      : [
          `The run ${swap.run} left a swap half-way; this is a snapshot of what is called ${identifier} now.`,
        ]),
  ];
}

/** The snapshot that this run is going to take, as it will be when it has been proved. */
function asGood(
  identifier: string,
  run: Pick<Run, 'id' | 'startedAt'>,
  instance: InspectedInstance,
  { deployment, database }: { deployment: string; database: string },
): SnapshotFacts {
  return {
    identifier,
    arn: snapshotArn(instance.arn, identifier),
    type: 'manual',
    status: 'available',
    takenAt: new Date(run.startedAt).toISOString(),
    instance: instance.identifier,
    resourceId: instance.resourceId,
    encrypted: instance.encrypted,
    kmsKeyId: instance.kmsKeyId,
    copyOf: null,
    tags: {
      [OWNER_TAG]: deployment,
      [Tag.database]: database,
      [Tag.purpose]: 'snapshot',
      [Tag.run]: run.id,
      [Tag.verifiedAt]: run.startedAt,
    },
  };
}

const round = (usd: number): number => Math.round(usd * 100) / 100;
