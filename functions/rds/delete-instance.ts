import { DeleteDBInstanceCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { Transient } from '../errors.ts';
import { rds } from './client.ts';
import { describeInstance } from './describe-instance.ts';
import { isRdsError } from './list-snapshots.ts';

/**
 * Deletes an instance without a last snapshot: for copies that Nightshift made itself, and proved by their tags to be so. One that is
 * gone already is as good as deleted.
 *
 * @throws Transient while its state does not allow it
 */
export async function deleteInstance(identifier: string): Promise<void> {
  const instance = await describeInstance(identifier);
  if (instance === undefined || instance.DBInstanceStatus === 'deleting') return;
  const DBInstanceIdentifier = identifier;
  try {
    if (instance.DeletionProtection)
      await rds().send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier,
          DeletionProtection: false,
          ApplyImmediately: true,
        }),
      );
    await rds().send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier,
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: true,
      }),
    );
  } catch (error) {
    if (isRdsError(error, 'DBInstanceNotFound')) return;
    if (isRdsError(error, 'InvalidDBInstanceState'))
      throw new Transient(
        `${identifier} cannot be deleted while it is "${instance.DBInstanceStatus}". It is tried again, and later by the sweeper.`,
      );
    throw error;
  }
}
