import { type DBInstance, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { rds } from './client.ts';

/** The name of RDS's error as the SDK gives it, and its code on the wire. */
const NOT_FOUND = new Set(['DBInstanceNotFoundFault', 'DBInstanceNotFound']);

/**
 * A DB instance as RDS tells it now; undefined where it tells of none of that identifier. An instance that was made or renamed just
 * now may not be told of yet.
 */
export async function describeInstance(identifier: string): Promise<DBInstance | undefined> {
  try {
    const { DBInstances = [] } = await rds().send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
    );
    return DBInstances[0];
  } catch (error) {
    if (NOT_FOUND.has((error as Error).name)) return undefined;
    throw error;
  }
}
