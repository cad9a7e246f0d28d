import { setTimeout as pause } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { rowsOf, startRds } from './start-rds.ts';

let rds: Awaited<ReturnType<typeof startRds>>;
beforeAll(async () => {
  rds = await startRds();
  await rds.createDatabase('orders', { BackupRetentionPeriod: 1 });
});
afterAll(async () => {
  await rds.stop();
});

const restore = (to: string, input: Partial<sdk.RestoreDBInstanceToPointInTimeCommandInput>) =>
  rds.rds.send(
    new sdk.RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceIdentifier: 'orders',
      TargetDBInstanceIdentifier: to,
      ...input,
    }),
  );
const latest = async () => (await rds.describe('orders')).LatestRestorableTime?.getTime() ?? 0;

describe('a restore to a point in time', () => {
  test('has what was there at that time of the sandbox, and comes up as RDS says', async () => {
    await expect.poll(latest, { timeout: 30_000 }).toBeGreaterThan(0);
    const { Endpoint } = await rds.describe('orders');
    await rds.connect(Endpoint, rowsOf('CREATE TABLE entry (name text)'));
    await rds.connect(Endpoint, rowsOf(`INSERT INTO entry VALUES ('before')`));
    // Real moments on both sides: what the sandbox's clock says in between is the time to go to. Work slows the clock meanwhile.
    await pause(300);
    const finished = rds.machine.clock.work();
    await pause(200);
    const moment = rds.machine.clock.now();
    await pause(200);
    finished();
    await pause(300);
    await rds.connect(Endpoint, rowsOf('DELETE FROM entry'));
    await rds.connect(Endpoint, rowsOf(`INSERT INTO entry VALUES ('after')`));
    // The archive has it a little later only.
    const RestoreTime = new Date(moment);
    expect(await errorName(restore('early', { RestoreTime: new Date(Date.now() + 1e9) }))).toBe(
      'InvalidParameterValue',
    );
    await expect.poll(latest, { timeout: 30_000 }).toBeGreaterThan(moment);

    const { DBInstance } = await restore('orders-then', { RestoreTime, BackupRetentionPeriod: 0 });
    expect(DBInstance?.DBInstanceStatus).toBe('creating');
    const restored = await rds.available('orders-then');
    expect(restored).toMatchObject({ BackupRetentionPeriod: 0, MultiAZ: false, TagList: [] });
    const rows = rowsOf('SELECT name FROM entry');
    expect(await rds.connect(restored.Endpoint, rows)).toEqual([{ name: 'before' }]);
    expect(await rds.connect(Endpoint, rows)).toEqual([{ name: 'after' }]);
    const told = rds.events.find(({ detail }) => detail.SourceIdentifier === 'orders-then');
    expect(told?.detail).toMatchObject({
      EventID: 'RDS-EVENT-0019',
      Message: 'Restored from DB instance orders to orders-then',
    });
    // Takes writes, and does not go back again when it restarts.
    await rds.connect(restored.Endpoint, rowsOf(`INSERT INTO entry VALUES ('since')`));
    await rds.rds.send(new sdk.RebootDBInstanceCommand({ DBInstanceIdentifier: 'orders-then' }));
    await rds.available('orders-then');
    expect(await rds.connect(restored.Endpoint, rows)).toEqual([{ name: 'before' }, { name: 'since' }]);
  });

  test('goes to the latest time', async () => {
    const written = rds.machine.clock.now();
    await expect.poll(latest, { timeout: 30_000 }).toBeGreaterThan(written);
    await restore('orders-latest', { UseLatestRestorableTime: true });
    const { Endpoint } = await rds.available('orders-latest');
    expect(await rds.connect(Endpoint, rowsOf('SELECT name FROM entry'))).toEqual([{ name: 'after' }]);
  });

  test.each<[string, string, () => Partial<sdk.RestoreDBInstanceToPointInTimeCommandInput>]>([
    ['before the first backup', 'InvalidParameterValue', () => ({ RestoreTime: new Date(0) })],
    ['without a time', 'InvalidParameterCombination', () => ({})],
    [
      'with two times',
      'InvalidParameterCombination',
      () => ({ RestoreTime: new Date(), UseLatestRestorableTime: true }),
    ],
    [
      'of no instance',
      'DBInstanceNotFoundFault',
      () => ({ SourceDBInstanceIdentifier: 'gone', UseLatestRestorableTime: true }),
    ],
    [
      'of an instance without backups',
      'PointInTimeRestoreNotEnabledFault',
      () => ({ SourceDBInstanceIdentifier: 'orders-then', UseLatestRestorableTime: true }),
    ],
    [
      'to a name that is taken',
      'DBInstanceAlreadyExistsFault',
      () => ({ TargetDBInstanceIdentifier: 'orders', UseLatestRestorableTime: true }),
    ],
  ])('%s is %s', async (_what, name, input) => {
    expect(await errorName(restore('x', input()))).toBe(name);
  });
});

test('a source that is deleted meanwhile does not take its archive away too early', async () => {
  await rds.createDatabase('fleeting', { BackupRetentionPeriod: 1 });
  const source = () => rds.describe('fleeting');
  await rds.connect((await source()).Endpoint, rowsOf(`CREATE TABLE entry AS SELECT 'kept'::text AS name`));
  const written = rds.machine.clock.now();
  const reaches = async () => ((await source()).LatestRestorableTime?.getTime() ?? 0) > written;
  await expect.poll(reaches, { timeout: 30_000 }).toBe(true);
  await restore('survivor', { SourceDBInstanceIdentifier: 'fleeting', UseLatestRestorableTime: true });
  await rds.rds.send(
    new sdk.DeleteDBInstanceCommand({ DBInstanceIdentifier: 'fleeting', SkipFinalSnapshot: true }),
  );
  const { Endpoint } = await rds.available('survivor');
  expect(await rds.connect(Endpoint, rowsOf('SELECT name FROM entry'))).toEqual([{ name: 'kept' }]);
});

test('backups are turned off and on again', async () => {
  const modify = (BackupRetentionPeriod: number) =>
    rds.rds.send(
      new sdk.ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'orders',
        BackupRetentionPeriod,
        ApplyImmediately: true,
      }),
    );
  await modify(0);
  const off = await rds.available('orders');
  expect([off.BackupRetentionPeriod, off.LatestRestorableTime]).toEqual([0, undefined]);
  await modify(3);
  await rds.available('orders');
  await expect.poll(latest, { timeout: 30_000 }).toBeGreaterThan(0);
  await rds.connect((await rds.describe('orders')).Endpoint, rowsOf('SELECT 1'));
});
