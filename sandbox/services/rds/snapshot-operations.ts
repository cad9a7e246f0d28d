import { AwsError, type Operation } from '../../contract.ts';
import { tagMap } from '../tags.ts';
import type { Account } from './account.ts';
import { describeSnapshot, snapshotArn } from './describe.ts';
import { DURATIONS } from './durations.ts';
import {
  invalidCombination,
  refuseMembers,
  snapshotNotFound,
  wrongSnapshotState,
  wrongState,
} from './errors.ts';
import { identifierOf, newSnapshotIdentifier } from './identifiers.ts';
import { lasting } from './lifecycle.ts';
import type { Snapshot } from './model.ts';
import { filtered, pageOf } from './paging.ts';
import type { Permissions } from './permissions.ts';
import { enterSnapshot, fillSnapshot, requireFreeSnapshot } from './take-snapshot.ts';

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
        lifecycle.start(instance, 'backing-up', () =>
          lifecycle.phase(instance, 'backing-up', snapshot.duration, () =>
            fillSnapshot(account, instance, snapshot),
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
        const identifier = input.DBSnapshotIdentifier && identifierOf(input.DBSnapshotIdentifier);
        const instance = input.DBInstanceIdentifier && identifierOf(input.DBInstanceIdentifier);
        const type = input.SnapshotType;
        // `shared` and `public` are other accounts' snapshots, of which there are none.
        const found = [...snapshots.values()].filter(
          (snapshot) =>
            (identifier === undefined || snapshot.identifier === identifier) &&
            (instance === undefined || snapshot.instanceIdentifier === instance) &&
            (input.DbiResourceId === undefined || snapshot.resourceId === input.DbiResourceId) &&
            (type === undefined || snapshot.type === type),
        );
        if (identifier !== undefined && found.length === 0)
          throw snapshotNotFound(input.DBSnapshotIdentifier);
        const passing = filtered(found, input.Filters, {
          'db-instance-id': ({ instanceIdentifier }) => [
            instanceIdentifier,
            machine.arn('rds', `db:${instanceIdentifier}`),
          ],
          'db-snapshot-id': (snapshot) => [snapshot.identifier, snapshotArn(machine, snapshot)],
          'dbi-resource-id': ({ resourceId }) => [resourceId],
          'snapshot-type': (snapshot) => [snapshot.type],
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
        const source = account.snapshot(input.SourceDBSnapshotIdentifier);
        requireFreeSnapshot(account, identifier);
        const { data } = source;
        if (source.status !== 'available' || !data) throw wrongSnapshotState(source, 'copy the snapshot');
        if (input.CopyTags && input.Tags?.length > 0)
          throw invalidCombination('CopyTags cannot be true when Tags are given.');
        // Data of a snapshot never change, so a copy needs no data of its own.
        data.users += 1;
        const copy: Snapshot = {
          ...source,
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
