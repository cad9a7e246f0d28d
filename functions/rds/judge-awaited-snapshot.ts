import type { DBSnapshot } from '@aws-sdk/client-rds';
import { ErrorName } from '../../schemas/names.ts';
import type { Verdict } from '../wait/verdict.ts';
import { LAG_MINUTES, mayLag } from './not-found-yet.ts';
import type { AvailableSnapshot, Awaited } from './state.ts';

/** What DescribeDBSnapshots says that matters here. */
export type DescribedSnapshot = Pick<
  DBSnapshot,
  | 'DBSnapshotIdentifier'
  | 'DBSnapshotArn'
  | 'Status'
  | 'PercentProgress'
  | 'SnapshotCreateTime'
  | 'OriginalSnapshotCreateTime'
>;

/** Statuses that a snapshot does not come out of. */
const HOPELESS = new Set(['failed', 'deleting', 'deleted']);

/**
 * Whether the awaited snapshot can be restored from.
 *
 * @param found what RDS says; undefined where it knows no such snapshot
 * @param now when RDS said it
 */
export function judgeAwaitedSnapshot(
  { identifier, since }: Pick<Awaited, 'identifier' | 'since'>,
  found: DescribedSnapshot | undefined,
  now: Date,
): Verdict {
  if (found === undefined)
    return mayLag(since, now)
      ? { state: 'waiting', seen: `RDS knows no snapshot ${identifier} yet` }
      : failed(`RDS knows no snapshot ${identifier}, ${LAG_MINUTES} minutes after it was asked for.`);
  const status = found.Status ?? 'without a status';
  if (HOPELESS.has(status) || status.startsWith('incompatible-'))
    return failed(`The snapshot ${identifier} is ${status}, and will not become available.`);
  // The time of a copy's original is that of the data.
  const takenAt = found.OriginalSnapshotCreateTime ?? found.SnapshotCreateTime;
  if (status !== 'available' || takenAt === undefined || !found.DBSnapshotArn)
    return {
      state: 'waiting',
      seen: `RDS says that it is ${status}, ${found.PercentProgress ?? 0} % done`,
    };
  const output: AvailableSnapshot = {
    identifier: found.DBSnapshotIdentifier ?? identifier,
    arn: found.DBSnapshotArn,
    takenAt: takenAt.toISOString(),
    at: now.toISOString(),
  };
  return { state: 'done', output, summary: `The snapshot ${identifier} is available` };
}

function failed(what: string): Verdict {
  return {
    state: 'failed',
    error: ErrorName.VerificationFailed,
    cause: `${what} Nothing can be restored from it; the database itself was not changed by the wait. Look at the events of the snapshot in RDS, and start the runbook again for another one.`,
  };
}
