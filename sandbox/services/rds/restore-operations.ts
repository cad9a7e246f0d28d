import { AwsError, type Operation } from '../../contract.ts';
import { completeArchive } from '../../postgres/archive.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account } from './account.ts';
import { automatedSnapshots, describeInstance, latestRestorableTime } from './describe.ts';
import { invalidCombination, invalidValue, wrongSnapshotState, wrongState } from './errors.ts';
import { identifierOf } from './identifiers.ts';
import { working } from './lifecycle.ts';
import type { Instance } from './model.ts';
import type { Permissions } from './permissions.ts';
import { beginRestore, RESTORE_MEMBERS } from './restore-instance.ts';

/** How far a moment of sandbox time and the same one of the wall clock may be apart, in real milliseconds. */
const MAPPING_MILLISECONDS = 100;

/** The operations that make a new instance of old data. */
export function restoreOperations(account: Account, allow: Permissions): Record<string, Operation> {
  const { machine, events, history } = account;

  /** Which moment a restore goes to, in sandbox milliseconds. */
  function momentOf(source: Instance, restoreTime: Date | undefined, useLatest: boolean | undefined): number {
    const earliest = automatedSnapshots(account, source)[0]?.takenAt;
    const latest = latestRestorableTime(account, source);
    if (earliest === undefined || latest === undefined) {
      throw new AwsError(
        'PointInTimeRestoreNotEnabledFault',
        `Point in time restore is not enabled for the DB instance ${source.identifier}, or its first backup is not complete.`,
      );
    }
    if (useLatest === true && restoreTime !== undefined)
      throw invalidCombination('RestoreTime and UseLatestRestorableTime cannot be used together.');
    if (useLatest === true) return latest;
    if (restoreTime === undefined)
      throw invalidCombination('Either RestoreTime or UseLatestRestorableTime must be given.');
    const wanted = restoreTime.getTime();
    const limit = (what: string, at: number) =>
      invalidValue(
        `The specified instance cannot be restored to a time ${what} than ${new Date(at).toISOString()}.`,
      );
    if (wanted < earliest) throw limit('earlier', earliest);
    if (wanted > latest) throw limit('later', latest);
    return wanted;
  }

  const unknownTime = () =>
    invalidValue('The sandbox cannot tell which moment of its database that time was.');

  return {
    RestoreDBInstanceFromDBSnapshot: {
      permissions: (input) => {
        const action = 'RestoreDBInstanceFromDBSnapshot';
        const db = allow.db(action, input.DBInstanceIdentifier, input.Tags);
        const name: string = input.DBSnapshotIdentifier ?? '';
        const snapshot =
          account.sharedSnapshots.get(name.toLowerCase()) ?? account.snapshots.get(identifierOf(name));
        return [
          db,
          allow.snapshot(action, input.DBSnapshotIdentifier, input.Tags),
          ...allow.restored(action, input, snapshot?.configuration.engineVersion),
          ...allow.tagging(db, input.Tags),
        ];
      },
      handle(input) {
        refuseMembers(input, ['DBInstanceIdentifier', 'DBSnapshotIdentifier', ...RESTORE_MEMBERS]);
        if (input.DBSnapshotIdentifier === undefined)
          throw invalidCombination('DBSnapshotIdentifier must be given.');
        const snapshot = account.usableSnapshot(input.DBSnapshotIdentifier);
        const { data } = snapshot;
        if (snapshot.status !== 'available' || !data)
          throw wrongSnapshotState(snapshot, 'restore from the snapshot');
        const { sharedBy, configuration } = snapshot;
        const source = {
          ...snapshot,
          data,
          tags: snapshot.instanceTags,
          keyAccessible: !sharedBy || sharedBy.mayUseKey || !configuration.storageEncrypted,
        };
        const instance = beginRestore(account, input.DBInstanceIdentifier, input, source, (restored) =>
          events.ofInstance(restored, 'RDS-EVENT-0043', `Restored from snapshot ${snapshot.identifier}`),
        );
        return { DBInstance: describeInstance(account, instance) };
      },
    },

    RestoreDBInstanceToPointInTime: {
      permissions: (input) => {
        const action = 'RestoreDBInstanceToPointInTime';
        const db = allow.db(action, input.TargetDBInstanceIdentifier, input.Tags);
        const source = account.instances.get(identifierOf(input.SourceDBInstanceIdentifier ?? ''));
        return [
          allow.db(action, input.SourceDBInstanceIdentifier, input.Tags),
          db,
          ...allow.restored(action, input, source?.configuration.engineVersion),
          ...allow.tagging(db, input.Tags),
        ];
      },
      async handle(input) {
        refuseMembers(input, [
          'SourceDBInstanceIdentifier',
          'TargetDBInstanceIdentifier',
          'RestoreTime',
          'UseLatestRestorableTime',
          ...RESTORE_MEMBERS,
        ]);
        if (input.SourceDBInstanceIdentifier === undefined)
          throw invalidCombination('SourceDBInstanceIdentifier must be given.');
        const source = account.instance(input.SourceDBInstanceIdentifier);
        const { server } = source;
        if (!server || (source.status !== 'available' && source.status !== 'backing-up'))
          throw wrongState(source, 'restore to a point in time');
        const moment = momentOf(source, input.RestoreTime, input.UseLatestRestorableTime);
        const wallTime = history.wallTimeOf(moment);
        if (wallTime === undefined) throw unknownTime();
        const { data } =
          automatedSnapshots(account, source).findLast(
            (snapshot) =>
              snapshot.data !== undefined &&
              snapshot.data.backup.completedAt <= wallTime + MAPPING_MILLISECONDS,
          ) ?? {};
        if (!data) throw unknownTime();
        // A recovery cannot end before the backup that it starts from.
        const until = Math.max(wallTime, data.backup.completedAt);
        // Keeps the backup while the archive is completed.
        data.users += 1;
        try {
          // RDS does this every few minutes; doing it now has the same outcome, since later times are not to be had.
          await working(machine, () => completeArchive(server));
          const from = {
            ...source,
            data,
            tags: {},
            target: { archive: server.cluster.archive, until },
          };
          const instance = beginRestore(account, input.TargetDBInstanceIdentifier, input, from, (restored) =>
            events.ofInstance(
              restored,
              'RDS-EVENT-0019',
              `Restored from DB instance ${source.identifier} to ${restored.identifier}`,
            ),
          );
          return { DBInstance: describeInstance(account, instance) };
        } finally {
          await account.release(data);
        }
      },
    },
  };
}
