import * as sdk from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { startRds } from './start-rds.ts';

const arn = (rest: string) => `arn:aws:rds:us-east-1:123456789012:${rest}`;
const OWN = { StringEquals: { 'aws:ResourceTag/owner': 'me' } };

let rds: Awaited<ReturnType<typeof startRds>>;
let role: sdk.RDSClient;
beforeAll(async () => {
  rds = await startRds();
  await rds.createDatabase('orders', { BackupRetentionPeriod: 0, Tags: [{ Key: 'owner', Value: 'team' }] });
  for (const [DBSnapshotIdentifier, Value] of [
    ['mine', 'me'],
    ['theirs', 'team'],
  ]) {
    const Tags = [{ Key: 'owner', Value }];
    const input = { DBSnapshotIdentifier, DBInstanceIdentifier: 'orders', Tags };
    await rds.rds.send(new sdk.CreateDBSnapshotCommand(input));
    await rds.available('orders');
  }
  role = new sdk.RDSClient(
    rds.clientOf('tagger', [
      {
        Effect: 'Allow',
        Action: ['rds:AddTagsToResource', 'rds:RemoveTagsFromResource', 'rds:DeleteDBSnapshot'],
        Resource: '*',
        Condition: OWN,
      },
    ]),
  );
});
afterAll(async () => {
  role.destroy();
  await rds.stop();
});

const add = (ResourceName: string, Key: string) =>
  errorName(role.send(new sdk.AddTagsToResourceCommand({ ResourceName, Tags: [{ Key, Value: 'yes' }] })));
const removeTag = (ResourceName: string, ...TagKeys: string[]) =>
  errorName(role.send(new sdk.RemoveTagsFromResourceCommand({ ResourceName, TagKeys })));

describe('tags', () => {
  test('are shown, and decide who may change them', async () => {
    expect((await rds.describeSnapshot('mine')).TagList).toEqual([{ Key: 'owner', Value: 'me' }]);
    expect((await rds.describe('orders')).TagList).toEqual([{ Key: 'owner', Value: 'team' }]);
    expect(await add(arn('snapshot:mine'), 'good')).toBe('no error');
    expect(await add(arn('snapshot:theirs'), 'good')).toBe('AccessDenied');
    expect(await add(arn('db:orders'), 'good')).toBe('AccessDenied');
    expect((await rds.describeSnapshot('mine')).TagList).toEqual([
      { Key: 'owner', Value: 'me' },
      { Key: 'good', Value: 'yes' },
    ]);
    expect(await removeTag(arn('snapshot:theirs'), 'owner')).toBe('AccessDenied');
    expect(await removeTag(arn('snapshot:mine'), 'good', 'absent')).toBe('no error');
    expect((await rds.describeSnapshot('mine')).TagList).toEqual([{ Key: 'owner', Value: 'me' }]);
  });

  test('of instances count just as much, as they are now', async () => {
    const tag = { ResourceName: arn('db:orders'), Tags: [{ Key: 'owner', Value: 'me' }] };
    await rds.rds.send(new sdk.AddTagsToResourceCommand(tag));
    expect(await add(arn('db:orders'), 'good')).toBe('no error');
    expect(await removeTag(arn('db:orders'), 'owner')).toBe('no error');
    expect(await removeTag(arn('db:orders'), 'good')).toBe('AccessDenied');
  });

  test('decide which snapshots may be deleted', async () => {
    await rds.snapshotAvailable('mine');
    await rds.snapshotAvailable('theirs');
    const remove = (DBSnapshotIdentifier: string) =>
      errorName(role.send(new sdk.DeleteDBSnapshotCommand({ DBSnapshotIdentifier })));
    expect(await remove('theirs')).toBe('AccessDenied');
    expect(await remove('gone')).toBe('AccessDenied');
    expect(await remove('mine')).toBe('no error');
  });
});

test('pages of instances have between 20 and 100, and a marker that is one', async () => {
  const list = (input: sdk.DescribeDBInstancesCommandInput) =>
    errorName(rds.rds.send(new sdk.DescribeDBInstancesCommand(input)));
  expect(await list({ MaxRecords: 19 })).toBe('InvalidParameterValue');
  expect(await list({ MaxRecords: 101 })).toBe('InvalidParameterValue');
  expect(await list({ MaxRecords: 20 })).toBe('no error');
  expect(await list({ Marker: 'nonsense' })).toBe('InvalidParameterValue');
});
