import { AwsError, type SharedSnapshotOptions } from '../../contract.ts';
import type { Account } from './account.ts';
import { snapshotArn } from './describe.ts';
import { wrongSnapshotState } from './errors.ts';
import { newSnapshotIdentifier } from './identifiers.ts';
import type { Snapshot } from './model.ts';

/**
 * Plays another account that shares a snapshot with this one: its data are those of a snapshot of this account.
 *
 * @returns its ARN, by which alone it can be named here
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
 */
export function shareSnapshot(account: Account, name: string, options: SharedSnapshotOptions): string {
  const source = account.snapshot(name);
  const { data } = source;
  if (!data) throw wrongSnapshotState(source, 'share the snapshot');
  const shared: Snapshot = {
    ...source,
    identifier: newSnapshotIdentifier(options.identifier),
    type: 'manual',
    sharedBy: { account: options.account, mayUseKey: options.mayUseKey ?? false },
    configuration: {
      ...source.configuration,
      storageEncrypted: options.kmsKeyId !== undefined,
      kmsKeyId: options.kmsKeyId,
    },
    // An account does not see the tags of another.
    tags: {},
    instanceTags: {},
    status: 'available',
  };
  const arn = snapshotArn(account.machine, shared);
  if (options.account === account.machine.account || account.sharedSnapshots.has(arn))
    throw new AwsError('DBSnapshotAlreadyExistsFault', `There is a snapshot ${arn} already.`);
  data.users += 1;
  account.sharedSnapshots.set(arn, shared);
  return arn;
}
