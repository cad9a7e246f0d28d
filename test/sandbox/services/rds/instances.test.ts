import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { rowsOf, startRds } from './start-rds.ts';

let rds: Awaited<ReturnType<typeof startRds>>;
beforeAll(async () => {
  rds = await startRds();
  await rds.createDatabase('orders', { BackupRetentionPeriod: '0' });
  await rds.createDatabase('billing', { BackupRetentionPeriod: 0, DeletionProtection: true });
});
afterAll(async () => {
  await rds.stop();
});

const modify = (DBInstanceIdentifier: string, input: Partial<sdk.ModifyDBInstanceCommandInput>) =>
  rds.rds.send(new sdk.ModifyDBInstanceCommand({ DBInstanceIdentifier, ...input }));
const reboot = (DBInstanceIdentifier: string, ForceFailover?: boolean) =>
  rds.rds.send(new sdk.RebootDBInstanceCommand({ DBInstanceIdentifier, ForceFailover }));
const remove = (DBInstanceIdentifier: string, input: Partial<sdk.DeleteDBInstanceCommandInput> = {}) =>
  rds.rds.send(new sdk.DeleteDBInstanceCommand({ DBInstanceIdentifier, ...input }));
const eventsOf = (identifier: string) =>
  rds.events
    .filter(({ detail }) => detail.SourceIdentifier === identifier)
    .map(({ detail }) => detail.EventID as string);

describe('an instance', () => {
  test('is found by its name in any case, its ARN, and by filters', async () => {
    const { DBInstanceArn, DbiResourceId } = await rds.describe('ORDERS');
    expect(await rds.describe(DBInstanceArn as string)).toMatchObject({ DBInstanceIdentifier: 'orders' });
    const find = async (Name: string, ...Values: string[]) => {
      const command = new sdk.DescribeDBInstancesCommand({ Filters: [{ Name, Values }] });
      const { DBInstances } = await rds.rds.send(command);
      return DBInstances?.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier);
    };
    expect(await find('dbi-resource-id', DbiResourceId as string)).toEqual(['orders']);
    expect(await find('db-instance-id', 'billing', 'gone')).toEqual(['billing']);
    expect(await find('engine', 'mysql')).toEqual([]);
    expect(await errorName(find('colour', 'red'))).toBe('InvalidParameterValue');
  });

  test('is rebooted', async () => {
    const { Endpoint: before } = await rds.describe('orders');
    const started = await rds.connect(before, rowsOf('SELECT pg_postmaster_start_time() AS at'));
    const { DBInstance } = await reboot('orders');
    expect(DBInstance?.DBInstanceStatus).toBe('rebooting');
    expect(await errorName(reboot('orders'))).toBe('InvalidDBInstanceStateFault');
    expect(await errorName(modify('orders', { MultiAZ: true }))).toBe('InvalidDBInstanceStateFault');
    const { Endpoint: after } = await rds.available('orders');
    expect(after).toEqual(before);
    const again = await rds.connect(after, rowsOf('SELECT pg_postmaster_start_time() AS at'));
    expect(again).not.toEqual(started);
    expect(eventsOf('orders').slice(-2)).toEqual(['RDS-EVENT-0004', 'RDS-EVENT-0006']);
    expect(await errorName(reboot('orders', true))).toBe('InvalidParameterCombination');
  });

  test('gets another master password', async () => {
    const { DBInstance } = await modify('orders', { MasterUserPassword: 'battery-staple' });
    expect(DBInstance?.PendingModifiedValues?.MasterUserPassword).toBe('****');
    expect((await rds.describe('orders')).DBInstanceStatus).toBe('resetting-master-credentials');
    const { Endpoint, PendingModifiedValues } = await rds.available('orders');
    expect(PendingModifiedValues).toEqual({});
    await expect(rds.connect(Endpoint, rowsOf('SELECT 1'))).rejects.toMatchObject({ code: '28P01' });
    expect(await rds.connect(Endpoint, rowsOf('SELECT 1 AS one'), 'battery-staple')).toEqual([{ one: 1 }]);
    expect(eventsOf('orders').at(-1)).toBe('RDS-EVENT-0016');
    await modify('orders', { MasterUserPassword: 'correct-horse' });
    await rds.available('orders');
  });

  test('is modified at once where RDS does so, else when told to', async () => {
    await rds.create('AWS::RDS::DBParameterGroup', { DBParameterGroupName: 'tuned' });
    await modify('orders', {
      DeletionProtection: true,
      VpcSecurityGroupIds: ['sg-1', 'sg-2'],
      DBParameterGroupName: 'Tuned',
      MultiAZ: true,
      EnableIAMDatabaseAuthentication: true,
    });
    expect(await rds.describe('orders')).toMatchObject({
      DBInstanceStatus: 'available',
      DeletionProtection: true,
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }, { VpcSecurityGroupId: 'sg-2' }],
      DBParameterGroups: [{ DBParameterGroupName: 'tuned', ParameterApplyStatus: 'pending-reboot' }],
      MultiAZ: false,
      PendingModifiedValues: { MultiAZ: true, IAMDatabaseAuthenticationEnabled: true },
    });
    // What waits is applied with it.
    await modify('orders', { CACertificateIdentifier: 'rds-ca-rsa4096-g1', ApplyImmediately: true });
    expect((await rds.describe('orders')).DBInstanceStatus).toBe('modifying');
    expect(await rds.available('orders')).toMatchObject({
      MultiAZ: true,
      IAMDatabaseAuthenticationEnabled: true,
      CACertificateIdentifier: 'rds-ca-rsa4096-g1',
      PendingModifiedValues: {},
    });
    expect(eventsOf('orders').slice(-3)).toEqual(['RDS-EVENT-0011', 'RDS-EVENT-0024', 'RDS-EVENT-0025']);
    await reboot('orders');
    expect((await rds.available('orders')).DBParameterGroups?.[0]?.ParameterApplyStatus).toBe('in-sync');
  });

  test.each<[string, string, Partial<sdk.ModifyDBInstanceCommandInput>]>([
    ["another's name", 'DBInstanceAlreadyExistsFault', { NewDBInstanceIdentifier: 'Billing' }],
    ['a wrong name', 'InvalidParameterValue', { NewDBInstanceIdentifier: 'ends-' }],
    ['an unknown parameter group', 'DBParameterGroupNotFoundFault', { DBParameterGroupName: 'gone' }],
    ['an unknown authority', 'CertificateNotFoundFault', { CACertificateIdentifier: 'rds-ca-2015' }],
    ['a weak password', 'InvalidParameterValue', { MasterUserPassword: 'short' }],
    ['a password with a slash', 'InvalidParameterValue', { MasterUserPassword: 'long/enough' }],
    ['too long a retention', 'InvalidParameterValue', { BackupRetentionPeriod: 36 }],
    ['monitoring without a role', 'InvalidParameterCombination', { MonitoringInterval: 60 }],
    ['what the sandbox does not do', 'UnsupportedOperation', { AllocatedStorage: 100 }],
  ])('is not modified to have %s', async (_what, name, input) => {
    expect(await errorName(modify('orders', input))).toBe(name);
  });

  test('has tags', async () => {
    const { DBInstanceArn: ResourceName } = await rds.describe('orders');
    await rds.rds.send(
      new sdk.AddTagsToResourceCommand({
        ResourceName,
        Tags: [
          { Key: 'team', Value: 'shop' },
          { Key: 'run', Value: '1' },
        ],
      }),
    );
    await rds.rds.send(new sdk.RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['team'] }));
    const { TagList } = await rds.rds.send(new sdk.ListTagsForResourceCommand({ ResourceName }));
    expect(TagList).toEqual([{ Key: 'run', Value: '1' }]);
  });
});

describe('names', () => {
  test('are exchanged, and the endpoint goes with the name', async () => {
    await modify('billing', { DeletionProtection: false });
    const mark = (name: string) => rowsOf(`CREATE TABLE who AS SELECT '${name}'::text AS name`);
    const old = await rds.describe('orders');
    await rds.connect(old.Endpoint, mark('orders'));
    await rds.connect((await rds.describe('billing')).Endpoint, mark('billing'));

    const { DBInstance } = await modify('orders', {
      NewDBInstanceIdentifier: 'Orders-Old',
      ApplyImmediately: true,
    });
    expect(DBInstance?.PendingModifiedValues?.DBInstanceIdentifier).toBe('orders-old');
    // The new name is taken from now on.
    expect(await errorName(rds.createDatabase('orders-old'))).not.toBe('no error');
    const renamed = await rds.available('orders-old');
    expect(renamed.DbiResourceId).toBe(old.DbiResourceId);
    expect(renamed.Endpoint?.Port).not.toBe(old.Endpoint?.Port);
    expect(await errorName(rds.describe('orders'))).toBe('DBInstanceNotFoundFault');
    // Where the old name was, nobody answers until somebody has the name again.
    await expect(rds.connect(old.Endpoint, rowsOf('SELECT 1'))).rejects.toThrow();

    await modify('billing', { NewDBInstanceIdentifier: 'orders', ApplyImmediately: true });
    const { Endpoint } = await rds.available('orders');
    expect(Endpoint).toEqual(old.Endpoint);
    expect(await rds.connect(Endpoint, rowsOf('SELECT name FROM who'))).toEqual([{ name: 'billing' }]);
    expect(rds.machine.engines.describeDatabase('orders').port).toBe(old.Endpoint?.Port);
  });
});

describe('an instance that is deleted', () => {
  test('must not be protected, and needs a word about its last snapshot', async () => {
    expect(await errorName(remove('orders-old', { SkipFinalSnapshot: true }))).toBe(
      'InvalidParameterCombination',
    );
    await modify('orders-old', { DeletionProtection: false });
    expect(await errorName(remove('orders-old'))).toBe('InvalidParameterCombination');
    expect(await errorName(remove('gone', { SkipFinalSnapshot: true }))).toBe('DBInstanceNotFoundFault');
  });

  test('leaves its last snapshot and nothing else', async () => {
    const { DbiResourceId } = await rds.describe('orders-old');
    const folder = join(rds.machine.directory, 'databases', (DbiResourceId as string).toLowerCase());
    expect(existsSync(folder)).toBe(true);
    const { DBInstance } = await remove('orders-old', { FinalDBSnapshotIdentifier: 'last' });
    expect(DBInstance?.DBInstanceStatus).toBe('deleting');
    expect(await errorName(remove('orders-old', { SkipFinalSnapshot: true }))).toBe(
      'InvalidDBInstanceStateFault',
    );
    await expect
      .poll(() => errorName(rds.describe('orders-old')), { timeout: 30_000 })
      .toBe('DBInstanceNotFoundFault');
    expect(existsSync(folder)).toBe(false);
    expect((await rds.snapshotAvailable('last')).DBInstanceIdentifier).toBe('orders-old');
    expect(eventsOf('orders-old').at(-1)).toBe('RDS-EVENT-0003');
  });

  test('while it is created ends that', async () => {
    await rds.rds.send(
      new sdk.RestoreDBInstanceFromDBSnapshotCommand({
        DBInstanceIdentifier: 'short-lived',
        DBSnapshotIdentifier: 'last',
      }),
    );
    await remove('short-lived', { SkipFinalSnapshot: true });
    await expect
      .poll(() => errorName(rds.describe('short-lived')), { timeout: 30_000 })
      .toBe('DBInstanceNotFoundFault');
    expect(eventsOf('short-lived')).toEqual(['RDS-EVENT-0003']);
  });
});

test('a service that closes in the middle of things leaves no server behind', async () => {
  const own = await startRds();
  await own.createDatabase('busy');
  const { Endpoint } = await own.describe('busy');
  await own.rds.send(
    new sdk.CreateDBSnapshotCommand({ DBInstanceIdentifier: 'busy', DBSnapshotIdentifier: 'half' }),
  );
  await own.stop();
  expect(existsSync(own.machine.directory)).toBe(false);
  await expect(rds.connect(Endpoint, rowsOf('SELECT 1'))).rejects.toThrow();
});
