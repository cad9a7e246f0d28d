import { type DBSnapshot, paginateDescribeDBSnapshots } from '@aws-sdk/client-rds';
import { rds } from './client.ts';
import { isRdsError, type SnapshotFacts, snapshotFacts } from './list-snapshots.ts';

/** A snapshot of any kind, with what a restore brings back of it. */
export interface RestorableSnapshot extends SnapshotFacts {
  readonly engine: string;
  readonly engineVersion: string;
  readonly allocatedGigabytes: number;
  readonly port: number;
}

/** The snapshot as RDS describes it, in our words. */
export function restorableSnapshot(described: DBSnapshot): RestorableSnapshot {
  return {
    ...snapshotFacts(described),
    engine: described.Engine ?? '',
    engineVersion: described.EngineVersion ?? '',
    allocatedGigabytes: described.AllocatedStorage ?? 0,
    port: described.Port ?? 0,
  };
}

/**
 * All snapshots of this account in the region, manual and automated. Not by the name of an instance: a swap gives that name to
 * another one.
 */
export async function listRestorableSnapshots(): Promise<RestorableSnapshot[]> {
  const found: RestorableSnapshot[] = [];
  for await (const { DBSnapshots = [] } of paginateDescribeDBSnapshots({ client: rds() }, {}))
    found.push(...DBSnapshots.map(restorableSnapshot));
  return found;
}

/**
 * The snapshot of that identifier or ARN, also one that another account shares with this one; undefined where RDS knows none.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html for `IncludeShared`
 */
export async function findRestorableSnapshot(name: string): Promise<RestorableSnapshot | undefined> {
  try {
    const pages = paginateDescribeDBSnapshots(
      { client: rds() },
      { DBSnapshotIdentifier: name, ...(name.startsWith('arn:') ? { IncludeShared: true } : {}) },
    );
    for await (const { DBSnapshots = [] } of pages)
      if (DBSnapshots[0] !== undefined) return restorableSnapshot(DBSnapshots[0]);
    return undefined;
  } catch (error) {
    if (isRdsError(error, 'DBSnapshotNotFound')) return undefined;
    throw error;
  }
}
