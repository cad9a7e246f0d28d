import { AwsError, type Operation } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import { tagMap } from '../tags.ts';
import type { Account } from './account.ts';
import { describeSnapshot, shownIdentifier, shownType, snapshotArn } from './describe.ts';
import { DURATIONS } from './durations.ts';
import { invalidCombination, snapshotNotFound, wrongSnapshotState, wrongState } from './errors.ts';
import { identifierOf, newSnapshotIdentifier } from './identifiers.ts';
import { lasting } from './lifecycle.ts';
import type { Snapshot } from './model.ts';
import { filtered, pageOf } from './paging.ts';
import type { Permissions } from './permissions.ts';
import { enterSnapshot, fillSnapshot, requireFreeSnapshot, spoilSnapshot } from './take-snapshot.ts';

/**
 * Fails as RDS does where a snapshot that another account has encrypted is copied.
 *
 * @throws AwsError
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/share-encrypted-snapshot.html
 */
function requireCopyableKey({ sharedBy, configuration }: Snapshot): void {
  if (!sharedBy || !configuration.storageEncrypted) return;
  if (!sharedBy.mayUseKey) {
    throw new AwsError(
      'KMSKeyNotAccessibleFault',
      `The source snapshot KMS key [${configuration.kmsKeyId}] does not exist, is not enabled or you do not have permissions to access it.`,
    );
  }
  throw invalidCombination('KmsKeyId must be given to copy an encrypted snapshot of another account.');
}

/** The operations on DB snapshots. */
export function snapshotOperations(account: Account, allow: Permissions): Record<string, Operation> {
  const { machine, snapshots, events, lifecycle } = account;
  const show = (snapshot: Snapshot) => ({ DBSnapshot: describeSnapshot(machine, snapshot) });

  return {
    CreateDBSnapshot: {
      permissions: (input) => {
        const snapshot = allow.snapshot('CreateDBSnapshot', input.DBSnapshotIdentifier, input.Tags);
        const db = allow.db('CreateDBSnapshot', input.DBInstanceIdentifier, input.Tags);
        return [db, snapshot, ...allow.tagging(snapshot, input.Tags)];
      },
      handle(input) {
        const identifier = newSnapshotIdentifier(input.DBSnapshotIdentifier);
        const instance = account.instance(input.DBInstanceIdentifier);
        requireFreeSnapshot(account, identifier);
        if (instance.status !== 'available') throw wrongState(instance, 'create a snapshot');
        const tags = input.Tags && tagMap(input.Tags);
        const snapshot = enterSnapshot(account, instance, 'manual', identifier, tags);
        const effect = machine.faults.next('rds-lifecycle:snapshot');
        lifecycle.start(instance, 'backing-up', () =>
          lifecycle.phase(instance, 'backing-up', snapshot.duration, () =>
            effect === 'fail' || effect === 'hang'
              ? spoilSnapshot(account, snapshot, effect)
              : fillSnapshot(account, instance, snapshot),
          ),
        );
        return show(snapshot);
      },
    },

    DescribeDBSnapshots: {
      permissions: (input) => [
        allow.snapshot('DescribeDBSnapshots', input.DBSnapshotIdentifier),
        ...(input.DBInstanceIdentifier === undefined
          ? []
          : [allow.db('DescribeDBSnapshots', input.DBInstanceIdentifier)]),
      ],
      handle(input) {
        refuseMembers(input, [
          'DBSnapshotIdentifier',
          'DBInstanceIdentifier',
          'DbiResourceId',
          'SnapshotType',
          'IncludeShared',
          'Filters',
          'MaxRecords',
          'Marker',
        ]);
        const wanted = input.DBSnapshotIdentifier?.toLowerCase();
        const instance = input.DBInstanceIdentifier && identifierOf(input.DBInstanceIdentifier);
        const type = input.SnapshotType;
        // Public snapshots there are none. Those that are shared are shown only to whoever asks for them.
        const withShared = type === 'shared' || (type === undefined && input.IncludeShared === true);
        const candidates = [...snapshots.values(), ...(withShared ? account.sharedSnapshots.values() : [])];
        const found = candidates.filter(
          (snapshot) =>
            (wanted === undefined ||
              [snapshotArn(machine, snapshot), shownIdentifier(machine, snapshot)].includes(wanted)) &&
            (instance === undefined || snapshot.instanceIdentifier === instance) &&
            (input.DbiResourceId === undefined || snapshot.resourceId === input.DbiResourceId) &&
            (type === undefined || shownType(snapshot) === type),
        );
        if (wanted !== undefined && found.length === 0) throw snapshotNotFound(input.DBSnapshotIdentifier);
        const passing = filtered(found, input.Filters, {
          'db-instance-id': ({ instanceIdentifier }) => [
            instanceIdentifier,
            machine.arn('rds', `db:${instanceIdentifier}`),
          ],
          'db-snapshot-id': (snapshot) => [
            shownIdentifier(machine, snapshot),
            snapshotArn(machine, snapshot),
          ],
          'dbi-resource-id': ({ resourceId }) => [resourceId],
          'snapshot-type': (snapshot) => [shownType(snapshot)],
          engine: () => ['postgres'],
        });
        const { page, marker } = pageOf(passing, input);
        return { DBSnapshots: page.map((snapshot) => describeSnapshot(machine, snapshot)), Marker: marker };
      },
    },

    DeleteDBSnapshot: {
      permissions: (input) => [allow.snapshot('DeleteDBSnapshot', input.DBSnapshotIdentifier)],
      async handle(input) {
        const snapshot = account.snapshot(input.DBSnapshotIdentifier);
        if (snapshot.type !== 'manual')
          throw new AwsError('InvalidDBSnapshotStateFault', 'Only manual snapshots may be deleted.');
        if (snapshot.status === 'creating') throw wrongSnapshotState(snapshot, 'delete the snapshot');
        snapshots.delete(snapshot.identifier);
        snapshot.status = 'deleted';
        events.ofSnapshot(snapshot, 'RDS-EVENT-0041', 'Deleted user snapshot');
        await account.release(snapshot.data);
        return show(snapshot);
      },
    },

    CopyDBSnapshot: {
      permissions: (input) => {
        const target = allow.snapshot('CopyDBSnapshot', input.TargetDBSnapshotIdentifier, input.Tags);
        const source = allow.snapshot('CopyDBSnapshot', input.SourceDBSnapshotIdentifier, input.Tags);
        return [source, target, ...allow.tagging(target, input.Tags)];
      },
      handle(input) {
        refuseMembers(input, [
          'SourceDBSnapshotIdentifier',
          'TargetDBSnapshotIdentifier',
          'CopyTags',
          'Tags',
        ]);
        const identifier = newSnapshotIdentifier(
          input.TargetDBSnapshotIdentifier,
          'TargetDBSnapshotIdentifier',
        );
        const source = account.usableSnapshot(input.SourceDBSnapshotIdentifier);
        requireFreeSnapshot(account, identifier);
        requireCopyableKey(source);
        const { data } = source;
        if (source.status !== 'available' || !data) throw wrongSnapshotState(source, 'copy the snapshot');
        if (input.CopyTags && input.Tags?.length > 0)
          throw invalidCombination('CopyTags cannot be true when Tags are given.');
        // Data of a snapshot never change, so a copy needs no data of its own.
        data.users += 1;
        const { sharedBy: _sharedBy, ...rest } = source;
        const copy: Snapshot = {
          ...rest,
          identifier,
          type: 'manual',
          tags: input.CopyTags ? { ...source.tags } : tagMap(input.Tags),
          sourceArn: snapshotArn(machine, source),
          status: 'creating',
          begunAt: machine.clock.now(),
          duration: DURATIONS.snapshotCopy,
          takenAt: undefined,
        };
        snapshots.set(identifier, copy);
        const where = `of snapshot ${source.identifier} in region ${machine.region}`;
        events.ofSnapshot(copy, 'RDS-EVENT-0196', `Started copy ${where}`);
        lifecycle.background(
          async (signal) => {
            await lasting(machine, copy.duration, signal, async () => {});
            copy.status = 'available';
            copy.takenAt = machine.clock.now();
            events.ofSnapshot(copy, 'RDS-EVENT-0197', `Finished copy ${where}`);
          },
          () => {
            copy.status = 'failed';
          },
        );
        return show(copy);
      },
    },
  };
}
