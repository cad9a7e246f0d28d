import pg from 'pg';
import type { Operation } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import type { Account } from './account.ts';
import { describeInstance } from './describe.ts';
import { DURATIONS } from './durations.ts';
import { wrongState } from './errors.ts';
import { keepMasterSecret } from './master-secret.ts';
import type { Configuration, Instance } from './model.ts';
import { MODIFY_MEMBERS, readModification } from './modification.ts';
import type { Permissions } from './permissions.ts';
import { restart, tellRestarted } from './restart.ts';
import { backUpPhase, removeAutomatedBackups } from './take-snapshot.ts';

/** ModifyDBInstance. Nothing waits long enough for a maintenance window here: what is not applied immediately stays pending. */
export function modifyOperation(account: Account, allow: Permissions): Operation {
  const { events, lifecycle, machine } = account;

  function applyAtOnce(instance: Instance, changes: Partial<Configuration>): void {
    instance.configuration = { ...instance.configuration, ...changes };
    if (changes.parameterGroup !== undefined) {
      instance.parametersPending = true;
      events.ofInstance(
        instance,
        'RDS-EVENT-0011',
        `Updated to use DBParameterGroup ${changes.parameterGroup}`,
      );
    }
    if (changes.monitoringInterval !== undefined) {
      events.ofInstance(
        instance,
        'RDS-EVENT-0078',
        `Monitoring Interval changed to ${changes.monitoringInterval}`,
      );
    }
  }

  async function resetPassword(instance: Instance, password: string): Promise<void> {
    const user = pg.escapeIdentifier(instance.masterUsername);
    await instance.server?.administer('postgres', [
      `ALTER ROLE ${user} PASSWORD ${pg.escapeLiteral(password)}`,
    ]);
    instance.waiting = { ...instance.waiting, password: false };
  }

  async function applyInWindow(instance: Instance, changes: Partial<Configuration>): Promise<void> {
    const before = instance.configuration;
    const { multiAz, caCertificate, backupRetention } = changes;
    const multi = multiAz ? 'Multi-AZ DB instance' : 'standard (Single-AZ) DB instance';
    if (multiAz !== undefined) {
      const id = multiAz ? 'RDS-EVENT-0024' : 'RDS-EVENT-0030';
      events.ofInstance(instance, id, `Applying modification to convert to a ${multi}`);
    }
    instance.configuration = { ...before, ...changes };
    instance.waiting = { ...instance.waiting, changes: {} };
    if (caCertificate !== undefined) await instance.server?.renewCertificate();
    // Archiving can be turned on and off with a restart only; RDS has an outage then too.
    if (backupRetention !== undefined && (backupRetention === 0) !== (before.backupRetention === 0)) {
      await restart(account, instance);
      tellRestarted(account, instance);
    }
    if (backupRetention === 0) {
      await removeAutomatedBackups(account, instance);
      events.ofInstance(instance, 'RDS-EVENT-0028', 'Disabled automated backups');
    }
    if (multiAz !== undefined) {
      const id = multiAz ? 'RDS-EVENT-0025' : 'RDS-EVENT-0029';
      events.ofInstance(instance, id, `Finished applying modification to convert to a ${multi}`);
    }
  }

  async function rename(instance: Instance, identifier: string, effect: string | undefined): Promise<void> {
    try {
      if (effect === 'fail') {
        // It goes on under the name that it has; RDS has no event for this.
        instance.waiting = { ...instance.waiting, identifier: undefined };
        return;
      }
      await restart(account, instance, () => {
        account.instances.delete(instance.identifier);
        instance.identifier = identifier;
        instance.waiting = { ...instance.waiting, identifier: undefined };
        account.instances.set(identifier, instance);
      });
    } finally {
      account.reserved.delete(identifier);
    }
  }

  /** No work, for which the clock would wait. */
  async function hangRenaming(instance: Instance, identifier: string): Promise<never> {
    try {
      await lifecycle.phase(instance, 'renaming', 0, async () => {});
      return await lifecycle.hang(instance);
    } finally {
      account.reserved.delete(identifier);
    }
  }

  /** Applies what is to be applied now; everything that waits, if the call says so. */
  function begin(instance: Instance, password: string | undefined, immediately: boolean): void {
    const { identifier, changes: waiting } = instance.waiting;
    const changes = immediately && Object.keys(waiting).length > 0 ? waiting : undefined;
    const newName = immediately ? identifier : undefined;
    if (password === undefined && !changes && newName === undefined) return;
    if (newName !== undefined) account.reserved.add(newName);
    const effect = newName === undefined ? undefined : machine.faults.next('rds-lifecycle:rename');
    const first =
      password !== undefined ? 'resetting-master-credentials' : changes ? 'modifying' : 'renaming';
    const backupsBegin =
      changes?.backupRetention !== undefined && instance.configuration.backupRetention === 0;
    lifecycle.start(instance, first, async () => {
      if (password !== undefined) {
        await lifecycle.phase(
          instance,
          'resetting-master-credentials',
          DURATIONS.passwordReset,
          () => resetPassword(instance, password),
          () => events.ofInstance(instance, 'RDS-EVENT-0016', 'Reset master credentials'),
        );
      }
      if (changes) {
        await lifecycle.phase(instance, 'modifying', DURATIONS.modification, () =>
          applyInWindow(instance, changes),
        );
      }
      if (newName !== undefined && effect === 'hang') await hangRenaming(instance, newName);
      if (newName !== undefined)
        await lifecycle.phase(
          instance,
          'renaming',
          DURATIONS.rename,
          () => rename(instance, newName, effect),
          () => effect !== 'fail' && tellRestarted(account, instance),
        );
      if (backupsBegin) {
        events.ofInstance(instance, 'RDS-EVENT-0032', 'Enabled automated backups');
        await backUpPhase(account, instance);
      }
    });
  }

  return {
    permissions: (input) => [
      allow.db('ModifyDBInstance', input.DBInstanceIdentifier),
      ...(input.DBParameterGroupName === undefined
        ? []
        : [allow.group('ModifyDBInstance', 'pg', input.DBParameterGroupName)]),
      ...(input.ManageMasterUserPassword === true ? allow.keepingSecret() : []),
      ...(input.MonitoringRoleArn === undefined
        ? []
        : [
            {
              action: 'iam:PassRole',
              resource: input.MonitoringRoleArn,
              conditions: { 'iam:PassedToService': 'monitoring.rds.amazonaws.com' },
            },
          ]),
    ],
    handle(input) {
      refuseMembers(input, MODIFY_MEMBERS);
      const instance = account.instance(input.DBInstanceIdentifier);
      const modification = readModification(account, instance, input);
      if (instance.status !== 'available') throw wrongState(instance, 'modify the instance');
      applyAtOnce(instance, modification.atOnce);
      if (modification.managesPassword !== undefined) {
        instance.masterSecret?.remove();
        instance.masterSecret = modification.managesPassword
          ? keepMasterSecret(account, instance, modification.password as string)
          : undefined;
      }
      instance.waiting = {
        identifier: modification.identifier ?? instance.waiting.identifier,
        password: modification.password !== undefined,
        changes: { ...instance.waiting.changes, ...modification.inWindow },
      };
      // RDS answers with the state that the instance still has, and what it is going to be.
      const answer = { DBInstance: describeInstance(account, instance) };
      begin(instance, modification.password, input.ApplyImmediately ?? false);
      return answer;
    },
  };
}
