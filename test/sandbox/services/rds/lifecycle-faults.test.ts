import * as sdk from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { rowsOf, startRds } from './start-rds.ts';

/** Enough real time for everything that RDS does, at the speed of these tests. */
const LONG_MILLISECONDS = 2500;

let rds: Awaited<ReturnType<typeof startRds>>;
const removals: Array<() => void> = [];
beforeAll(async () => {
  rds = await startRds();
  await rds.createDatabase('orders', { BackupRetentionPeriod: 0 });
  await take('good');
  await rds.snapshotAvailable('good');
  await rds.available('orders');
});
afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});
afterAll(async () => {
  await rds.stop();
});

const fault = (subject: string, effect: string, occurrences?: number[]) =>
  removals.push(
    rds.machine.faults.add({
      call: `rds-lifecycle:${subject}`,
      effect,
      ...(occurrences ? { occurrences } : {}),
    }),
  );
const pause = () => new Promise((resolve) => setTimeout(resolve, LONG_MILLISECONDS));
const take = (DBSnapshotIdentifier: string) =>
  rds.rds.send(new sdk.CreateDBSnapshotCommand({ DBSnapshotIdentifier, DBInstanceIdentifier: 'orders' }));
const restore = (DBInstanceIdentifier: string) =>
  rds.rds.send(
    new sdk.RestoreDBInstanceFromDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: 'good' }),
  );
const rename = (DBInstanceIdentifier: string, NewDBInstanceIdentifier: string) =>
  rds.rds.send(
    new sdk.ModifyDBInstanceCommand({
      DBInstanceIdentifier,
      NewDBInstanceIdentifier,
      ApplyImmediately: true,
    }),
  );
const remove = (DBInstanceIdentifier: string) =>
  rds.rds.send(new sdk.DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
const gone = (identifier: string) =>
  expect.poll(() => errorName(rds.describe(identifier)), { timeout: 20_000 }).toBe('DBInstanceNotFoundFault');

describe('a snapshot', () => {
  test('fails half-way, without an event, and its instance goes on', async () => {
    fault('snapshot', 'fail', [1]);
    await take('spoiled');
    await expect.poll(async () => (await rds.describeSnapshot('spoiled')).Status).toBe('failed');
    await rds.available('orders');
    expect(rds.told('spoiled')).toEqual([['RDS-EVENT-0040', 'creation']]);
    expect(await errorName(rds.rds.send(restoreOf('spoiled')))).toBe('InvalidDBSnapshotStateFault');
    await rds.rds.send(new sdk.DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'spoiled' }));
    // Only the first was to fail.
    await take('next');
    await rds.snapshotAvailable('next');
    await rds.available('orders');
  }, 30_000);

  test('never comes to its end, and its instance goes on', async () => {
    fault('snapshot', 'hang');
    await take('endless');
    await rds.available('orders');
    await pause();
    expect(await rds.describeSnapshot('endless')).toMatchObject({ Status: 'creating', PercentProgress: 99 });
  }, 30_000);

  const restoreOf = (DBSnapshotIdentifier: string) =>
    new sdk.RestoreDBInstanceFromDBSnapshotCommand({ DBInstanceIdentifier: 'x', DBSnapshotIdentifier });
});

describe('a restore', () => {
  test('is accepted, and fails later', async () => {
    fault('restore', 'fail');
    const { DBInstance } = await restore('broken');
    expect(DBInstance?.DBInstanceStatus).toBe('creating');
    expect((await rds.ended('broken', 'restore-error')).Endpoint).toBeUndefined();
    expect(rds.told('broken')).toEqual([['RDS-EVENT-0031', 'failure']]);
    const messages = rds.events.filter(({ detail }) => detail.SourceIdentifier === 'broken');
    expect(messages[0]?.detail.Message).toContain('restore-error');
    await remove('broken');
    await gone('broken');
  }, 30_000);

  test('fills its storage, and takes no connection', async () => {
    fault('restore', 'storage-full');
    await restore('full');
    const { Endpoint } = await rds.ended('full', 'storage-full');
    expect(Endpoint?.Port).toBeGreaterThan(0);
    expect(rds.told('full')).toEqual([
      ['RDS-EVENT-0043', 'restoration'],
      ['RDS-EVENT-0007', 'low storage'],
    ]);
    await expect(rds.connect(Endpoint, rowsOf('SELECT 1'))).rejects.toThrow(/ECONNREFUSED/);
    expect(await errorName(rename('full', 'x'))).toBe('InvalidDBInstanceStateFault');
    await remove('full');
    await gone('full');
  }, 30_000);

  test('never comes to its end, until it is deleted', async () => {
    fault('restore', 'hang');
    await restore('endless');
    await pause();
    expect((await rds.describe('endless')).DBInstanceStatus).toBe('creating');
    await remove('endless');
    await gone('endless');
  }, 30_000);

  test('leaves its snapshot as it is, for the next one', async () => {
    await restore('well');
    await rds.available('well');
  }, 30_000);
});

describe('a new name', () => {
  test('is not given, and the old one stays', async () => {
    fault('rename', 'fail', [1]);
    await rename('orders', 'other');
    expect((await rds.available('orders')).PendingModifiedValues).toEqual({});
    expect(await errorName(rds.describe('other'))).toBe('DBInstanceNotFoundFault');
    // The name is free again.
    await rename('orders', 'other');
    await rds.available('other');
    await rename('other', 'orders');
    await rds.available('orders');
  }, 30_000);

  test('is never given', async () => {
    fault('rename', 'hang');
    await rename('orders', 'other');
    await pause();
    expect(await rds.describe('orders')).toMatchObject({
      DBInstanceStatus: 'renaming',
      PendingModifiedValues: { DBInstanceIdentifier: 'other' },
    });
  }, 30_000);
});
