import * as sdk from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { rowsOf, startRds } from './start-rds.ts';

const OTHER = '210987654321';
const KEY = `arn:aws:kms:us-east-1:${OTHER}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

let rds: Awaited<ReturnType<typeof startRds>>;
let open: string;
let encrypted: string;
beforeAll(async () => {
  rds = await startRds();
  await rds.createDatabase('orders', { BackupRetentionPeriod: 0, Tags: [{ Key: 'team', Value: 'shop' }] });
  const { Endpoint } = await rds.describe('orders');
  await rds.connect(Endpoint, rowsOf("CREATE TABLE word AS SELECT 'hello' AS text"));
  const own = { DBSnapshotIdentifier: 'own', DBInstanceIdentifier: 'orders' };
  await rds.rds.send(new sdk.CreateDBSnapshotCommand(own));
  await rds.snapshotAvailable('own');
  const { shareSnapshot } = rds.machine.engines;
  // The name is one that this account has too.
  open = shareSnapshot('own', { account: OTHER, identifier: 'own' });
  encrypted = shareSnapshot('own', { account: OTHER, identifier: 'secret', kmsKeyId: KEY });
});
afterAll(async () => {
  await rds.stop();
});

const describeSnapshots = async (input: sdk.DescribeDBSnapshotsCommandInput, client = rds.rds) =>
  (await client.send(new sdk.DescribeDBSnapshotsCommand(input))).DBSnapshots?.map(
    ({ DBSnapshotIdentifier }) => DBSnapshotIdentifier,
  );
const restore = (DBInstanceIdentifier: string, DBSnapshotIdentifier: string, client = rds.rds) =>
  client.send(new sdk.RestoreDBInstanceFromDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier }));
const copy = (SourceDBSnapshotIdentifier: string, TargetDBSnapshotIdentifier: string) =>
  rds.rds.send(new sdk.CopyDBSnapshotCommand({ SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier }));

describe('a snapshot that another account shares', () => {
  test('is found by whoever asks for it, under its ARN', async () => {
    expect(open).toBe(`arn:aws:rds:us-east-1:${OTHER}:snapshot:own`);
    expect(await describeSnapshots({})).toEqual(['own']);
    expect(await describeSnapshots({ IncludeShared: true })).toEqual(['own', open, encrypted]);
    expect(await describeSnapshots({ SnapshotType: 'shared' })).toEqual([open, encrypted]);
    expect(await describeSnapshots({ SnapshotType: 'manual', IncludeShared: true })).toEqual(['own']);
    expect(await describeSnapshots({ DBSnapshotIdentifier: 'own', IncludeShared: true })).toEqual(['own']);
    expect(await describeSnapshots({ DBSnapshotIdentifier: open, IncludeShared: true })).toEqual([open]);
    expect(await errorName(describeSnapshots({ DBSnapshotIdentifier: open }))).toBe(
      'DBSnapshotNotFoundFault',
    );
    expect(await errorName(describeSnapshots({ IncludePublic: true }))).toBe('UnsupportedOperation');
  });

  test('shows its key and not its tags', async () => {
    const command = new sdk.DescribeDBSnapshotsCommand({
      DBSnapshotIdentifier: encrypted,
      SnapshotType: 'shared',
    });
    expect((await rds.rds.send(command)).DBSnapshots).toMatchObject([
      {
        DBSnapshotIdentifier: encrypted,
        DBSnapshotArn: encrypted,
        SnapshotType: 'shared',
        Status: 'available',
        Encrypted: true,
        KmsKeyId: KEY,
        TagList: [],
      },
    ]);
  });

  test('is restored', async () => {
    await restore('from-open', open);
    const { Endpoint } = await rds.available('from-open');
    expect(await rds.connect(Endpoint, rowsOf('SELECT text FROM word'))).toEqual([{ text: 'hello' }]);
    expect((await rds.describe('from-open')).TagList).toEqual([]);
  }, 40_000);

  test('with a key that may not be used is accepted, and fails late', async () => {
    const { DBInstance } = await restore('from-secret', encrypted);
    expect(DBInstance).toMatchObject({ DBInstanceStatus: 'creating', StorageEncrypted: true, KmsKeyId: KEY });
    await rds.ended('from-secret', 'incompatible-restore');
    expect(rds.told('from-secret')).toEqual([['RDS-EVENT-0418', 'failure']]);
  }, 40_000);

  test('with a key that may be used is restored', async () => {
    const options = { account: OTHER, identifier: 'usable', kmsKeyId: KEY, mayUseKey: true };
    await restore('from-usable', rds.machine.engines.shareSnapshot('own', options));
    await rds.available('from-usable');
  }, 40_000);

  test('is copied if it is not encrypted', async () => {
    await copy(open, 'mine');
    expect(await rds.snapshotAvailable('mine')).toMatchObject({
      DBSnapshotArn: 'arn:aws:rds:us-east-1:123456789012:snapshot:mine',
      SourceDBSnapshotIdentifier: open,
      SnapshotType: 'manual',
    });
    await expect(copy(encrypted, 'mine-too')).rejects.toMatchObject({
      name: 'KMSKeyNotAccessibleFault',
      message: expect.stringContaining(KEY),
    });
  }, 20_000);

  test('is neither deleted nor tagged', async () => {
    const remove = new sdk.DeleteDBSnapshotCommand({ DBSnapshotIdentifier: open });
    expect(await errorName(rds.rds.send(remove))).toBe('DBSnapshotNotFoundFault');
    const tag = new sdk.AddTagsToResourceCommand({ ResourceName: open, Tags: [{ Key: 'a', Value: 'b' }] });
    expect(await errorName(rds.rds.send(tag))).toBe('DBSnapshotNotFoundFault');
    expect((await rds.describeSnapshot('own')).TagList).toEqual([]);
  });

  test('is one more resource that the policy must name', async () => {
    const role = new sdk.RDSClient(
      rds.clientOf('restorer', [
        {
          Effect: 'Allow',
          Action: 'rds:*',
          Resource: 'arn:aws:rds:us-east-1:123456789012:*',
        },
      ]),
    );
    expect(await errorName(restore('x', open, role))).toBe('AccessDenied');
    expect(await errorName(describeSnapshots({ IncludeShared: true }, role))).toBe('no error');
    role.destroy();
  });
});
