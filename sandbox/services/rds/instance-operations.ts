import type { Operation } from '../../contract.ts';
import { AwsError } from '../../contract.ts';
import { removeCluster } from '../../postgres/cluster.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account } from './account.ts';
import { describeInstance, instanceArn } from './describe.ts';
import { DURATIONS } from './durations.ts';
import { instanceNotFound, invalidCombination, wrongState } from './errors.ts';
import { identifierOf, newSnapshotIdentifier } from './identifiers.ts';
import type { Instance } from './model.ts';
import { filtered, pageOf } from './paging.ts';
import type { Permissions } from './permissions.ts';
import { restart, tellRestarted } from './restart.ts';
import { enterSnapshot, fillSnapshot, removeAutomatedBackups, requireFreeSnapshot } from './take-snapshot.ts';

/** The operations on DB instances, but for those that make or modify one. */
export function instanceOperations(account: Account, allow: Permissions): Record<string, Operation> {
  const { machine, instances, events, lifecycle } = account;
  const show = (instance: Instance) => ({ DBInstance: describeInstance(account, instance) });

  /** Which snapshot to take before an instance goes, if any. */
  function finalSnapshotOf(input: {
    SkipFinalSnapshot?: boolean;
    FinalDBSnapshotIdentifier?: string;
  }): string | undefined {
    const { SkipFinalSnapshot: skip = false, FinalDBSnapshotIdentifier: name } = input;
    if (skip && name !== undefined)
      throw invalidCombination('FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is.');
    if (skip) return undefined;
    if (name === undefined)
      throw invalidCombination(
        'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
      );
    const identifier = newSnapshotIdentifier(name, 'FinalDBSnapshotIdentifier');
    requireFreeSnapshot(account, identifier);
    return identifier;
  }

  async function remove(instance: Instance): Promise<void> {
    const { server } = instance;
    await server?.stop();
    await Promise.allSettled(instance.archiveReaders);
    if (server) await removeCluster(server.cluster);
    await removeAutomatedBackups(account, instance);
    instance.masterSecret?.remove();
  }

  return {
    DescribeDBInstances: {
      permissions: (input) => [allow.db('DescribeDBInstances', input.DBInstanceIdentifier)],
      handle(input) {
        const wanted = input.DBInstanceIdentifier && identifierOf(input.DBInstanceIdentifier);
        const found = [...instances.values()].filter(
          ({ identifier }) => wanted === undefined || identifier === wanted,
        );
        if (wanted !== undefined && found.length === 0) throw instanceNotFound(input.DBInstanceIdentifier);
        const passing = filtered(found, input.Filters, {
          'db-instance-id': (instance) => [instance.identifier, instanceArn(machine, instance)],
          'dbi-resource-id': ({ resourceId }) => [resourceId],
          'db-cluster-id': () => [],
          domain: () => [],
          engine: () => ['postgres'],
        });
        const { page, marker } = pageOf(passing, input);
        return { DBInstances: page.map((instance) => describeInstance(account, instance)), Marker: marker };
      },
    },

    RebootDBInstance: {
      permissions: (input) => [allow.db('RebootDBInstance', input.DBInstanceIdentifier)],
      handle(input) {
        refuseMembers(input, ['DBInstanceIdentifier', 'ForceFailover']);
        const instance = account.instance(input.DBInstanceIdentifier);
        if (input.ForceFailover && !instance.configuration.multiAz)
          throw invalidCombination('ForceFailover cannot be specified since the instance is not Multi-AZ.');
        if (input.ForceFailover)
          throw new AwsError('UnsupportedOperation', 'The sandbox has no standby to fail over to.', {
            status: 501,
          });
        if (instance.status !== 'available') throw wrongState(instance, 'reboot the instance');
        lifecycle.start(instance, 'rebooting', () =>
          lifecycle.phase(
            instance,
            'rebooting',
            DURATIONS.reboot,
            () => restart(account, instance),
            () => tellRestarted(account, instance),
          ),
        );
        return show(instance);
      },
    },

    DeleteDBInstance: {
      permissions: (input) => [allow.db('DeleteDBInstance', input.DBInstanceIdentifier)],
      handle(input) {
        // Automated backups that outlive their instance are not kept here.
        refuseMembers(
          { ...input, DeleteAutomatedBackups: input.DeleteAutomatedBackups === false || undefined },
          ['DBInstanceIdentifier', 'SkipFinalSnapshot', 'FinalDBSnapshotIdentifier'],
        );
        const instance = account.instance(input.DBInstanceIdentifier);
        if (instance.configuration.deletionProtection) {
          throw invalidCombination(
            'Cannot delete protected DB Instance, please disable deletion protection and try again.',
          );
        }
        if (instance.status === 'deleting') {
          throw new AwsError(
            'InvalidDBInstanceStateFault',
            `Instance ${instance.identifier} is already being deleted.`,
          );
        }
        const snapshotIdentifier = finalSnapshotOf(input);
        if (snapshotIdentifier !== undefined && instance.status !== 'available')
          throw wrongState(instance, 'create a final snapshot');
        const snapshot =
          snapshotIdentifier === undefined
            ? undefined
            : enterSnapshot(account, instance, 'manual', snapshotIdentifier);
        lifecycle.replace(instance, 'deleting', async () => {
          if (snapshot) {
            await lifecycle.phase(instance, 'deleting', snapshot.duration, () =>
              fillSnapshot(account, instance, snapshot),
            );
          }
          await lifecycle.phase(instance, 'deleting', DURATIONS.deletion, () => remove(instance));
          instances.delete(instance.identifier);
          events.ofInstance(instance, 'RDS-EVENT-0003', 'DB instance deleted');
        });
        return show(instance);
      },
    },
  };
}
