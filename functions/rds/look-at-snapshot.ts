import { DBSnapshotNotFoundFault, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import type { LookOf } from '../wait/verdict.ts';
import { rds } from './client.ts';
import { type DescribedSnapshot, judgeAwaitedSnapshot } from './judge-awaited-snapshot.ts';

/** Whether a DB snapshot can be restored from. */
export const lookAtSnapshot: LookOf<'db-snapshot'> = async (parked) =>
  judgeAwaitedSnapshot(parked, await describe(parked.identifier), new Date());

async function describe(DBSnapshotIdentifier: string): Promise<DescribedSnapshot | undefined> {
  try {
    const { DBSnapshots = [] } = await rds().send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }));
    return DBSnapshots[0];
  } catch (error) {
    if (error instanceof DBSnapshotNotFoundFault) return undefined;
    throw error;
  }
}
