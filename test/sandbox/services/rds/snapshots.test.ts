import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { rowsOf, startRds } from './start-rds.ts';

let rds: Awaited<ReturnType<typeof startRds>>;
beforeAll(async () => {
  rds = await startRds();
  await rds.createDatabase('orders', {
    DBSubnetGroupName: 'inside',
    VPCSecurityGroups: ['sg-own'],
    MultiAZ: true,
    DeletionProtection: true,
    EnableIAMDatabaseAuthentication: true,
    BackupRetentionPeriod: 7,
    CopyTagsToSnapshot: true,
    MonitoringInterval: 60,
    MonitoringRoleArn: 'arn:aws:iam::123456789012:role/monitoring',
    Tags: [{ Key: 'team', Value: 'shop' }],
  });
});
afterAll(async () => {
  await rds.stop();
});

const take = (DBSnapshotIdentifier: string, DBInstanceIdentifier = 'orders') =>
  rds.rds.send(new sdk.CreateDBSnapshotCommand({ DBSnapshotIdentifier, DBInstanceIdentifier }));
const copy = (to: string, from = 'first') =>
  rds.rds.send(
    new sdk.CopyDBSnapshotCommand({ SourceDBSnapshotIdentifier: from, TargetDBSnapshotIdentifier: to }),
  );
const restore = (
  to: string,
  from: string,
  input: Partial<sdk.RestoreDBInstanceFromDBSnapshotCommandInput> = {},
) =>
  rds.rds.send(
    new sdk.RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: to,
      DBSnapshotIdentifier: from,
      ...input,
    }),
  );
const remove = (DBSnapshotIdentifier: string) =>
  rds.rds.send(new sdk.DeleteDBSnapshotCommand({ DBSnapshotIdentifier }));

describe('a snapshot', () => {
  test('taken while clients write restores to an instance of its own that agrees with itself', async () => {
    const { Endpoint: endpoint } = await rds.describe('orders');
    await rds.connect(
      endpoint,
      rowsOf('CREATE TABLE entry (id int PRIMARY KEY); CREATE TABLE total (n int)'),
    );
    await rds.connect(endpoint, rowsOf('INSERT INTO total VALUES (0)'));
    let writing = true;
    let committed = 0;
    const writer = rds.connect(endpoint, async (database) => {
      for (let id = 1; writing; id += 1) {
        await database.query('BEGIN');
        await database.query('INSERT INTO entry VALUES ($1)', [id]);
        await database.query('UPDATE total SET n = n + 1');
        await database.query('COMMIT');
        committed = id;
      }
    });
    await expect.poll(() => committed).toBeGreaterThan(20);
    const before = committed;

    const { DBSnapshot: begun } = await take('First');
    expect(begun).toMatchObject({
      DBSnapshotIdentifier: 'first',
      DBInstanceIdentifier: 'orders',
      Status: 'creating',
      PercentProgress: 0,
      SnapshotType: 'manual',
      TagList: [{ Key: 'team', Value: 'shop' }],
    });
    expect((await rds.describe('orders')).DBInstanceStatus).toBe('backing-up');
    // In this state the instance takes no other.
    expect(await errorName(take('second'))).toBe('InvalidDBInstanceStateFault');
    expect(await errorName(restore('early', 'first'))).toBe('InvalidDBSnapshotStateFault');
    expect(await errorName(remove('first'))).toBe('InvalidDBSnapshotStateFault');
    const done = await rds.snapshotAvailable('first');
    expect(done).toMatchObject({ Status: 'available', PercentProgress: 100, Engine: 'postgres' });
    expect(done.SnapshotCreateTime).toBeInstanceOf(Date);
    await rds.available('orders');
    writing = false;
    await writer;
    const { DBInstance: creating } = await restore('orders-restored', 'first');
    expect(creating?.DBInstanceStatus).toBe('creating');
    expect(creating?.Endpoint).toBeUndefined();
    const restored = await rds.available('orders-restored');
    expect(restored.Endpoint?.Address).toBe(endpoint?.Address);
    expect(restored.Endpoint?.Port).not.toBe(endpoint?.Port);
    const [row] = await rds.connect(
      restored.Endpoint,
      rowsOf('SELECT count(*)::int AS entries, max(id) AS last, (SELECT n FROM total) AS n FROM entry'),
    );
    expect(row?.entries).toBe(row?.n);
    expect(row?.last).toBe(row?.n);
    expect(row?.n).toBeGreaterThanOrEqual(before);
    expect(row?.n).toBeLessThan(committed);

    // What RDS does not take over from the source.
    expect(restored).toMatchObject({
      MultiAZ: false,
      DeletionProtection: false,
      IAMDatabaseAuthenticationEnabled: false,
      MonitoringInterval: 0,
      CopyTagsToSnapshot: false,
      BackupRetentionPeriod: 7,
      DBInstanceClass: 'db.t4g.micro',
      DBSubnetGroup: { DBSubnetGroupName: 'default' },
      DBParameterGroups: [{ DBParameterGroupName: 'default.postgres17' }],
      // Without new tags, those of the source.
      TagList: [{ Key: 'team', Value: 'shop' }],
    });
    expect(restored.VpcSecurityGroups?.[0]?.VpcSecurityGroupId).not.toBe('sg-own');
    expect(restored.DbiResourceId).not.toBe((await rds.describe('orders')).DbiResourceId);
  }, 90_000);

  test('is told of on the bus and in DescribeEvents', async () => {
    const told = rds.events
      .filter(({ resources }) => resources?.[0]?.endsWith(':snapshot:first'))
      .map(({ source, detailType, detail }) => [source, detailType, detail.EventID, detail.Message]);
    expect(told).toEqual([
      ['aws.rds', 'RDS DB Snapshot Event', 'RDS-EVENT-0040', 'Creating manual snapshot'],
      ['aws.rds', 'RDS DB Snapshot Event', 'RDS-EVENT-0042', 'Manual snapshot created'],
    ]);
    const restored = rds.events.filter(({ detail }) => detail.SourceIdentifier === 'orders-restored');
    expect(restored.map(({ detail }) => detail.EventID).slice(0, 3)).toEqual([
      'RDS-EVENT-0043',
      'RDS-EVENT-0001',
      'RDS-EVENT-0002',
    ]);
    expect(restored[0]?.detail).toMatchObject({
      EventCategories: ['restoration'],
      SourceType: 'DB_INSTANCE',
      SourceArn: 'arn:aws:rds:us-east-1:123456789012:db:orders-restored',
      Message: 'Restored from snapshot first',
      Tags: { team: 'shop' },
    });
    const { Events } = await rds.rds.send(
      new sdk.DescribeEventsCommand({ SourceType: 'db-snapshot', SourceIdentifier: 'first', Duration: 1440 }),
    );
    expect(Events?.map(({ Message, EventCategories }) => [Message, EventCategories])).toEqual([
      ['Creating manual snapshot', ['creation']],
      ['Manual snapshot created', ['creation']],
    ]);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['of no instance', 'DBInstanceNotFoundFault', () => take('x', 'nothing')],
    ['of a name that is taken', 'DBSnapshotAlreadyExistsFault', () => take('FIRST')],
    ['of a wrong name', 'InvalidParameterValue', () => take('double--hyphen')],
    ['that is not there', 'DBSnapshotNotFoundFault', () => rds.describeSnapshot('gone')],
    ['that is not there, restored', 'DBSnapshotNotFoundFault', () => restore('x', 'gone')],
    ['restored over an instance', 'DBInstanceAlreadyExistsFault', () => restore('Orders', 'first')],
    ['restored to a wrong name', 'InvalidParameterValue', () => restore('1st', 'first')],
    [
      'restored to no subnet group',
      'DBSubnetGroupNotFoundFault',
      () => restore('x', 'first', { DBSubnetGroupName: 'gone' }),
    ],
    [
      'restored to no parameter group',
      'DBParameterGroupNotFoundFault',
      () => restore('x', 'first', { DBParameterGroupName: 'gone' }),
    ],
    [
      'restored in a way not known here',
      'UnsupportedOperation',
      () => restore('x', 'first', { DedicatedLogVolume: true }),
    ],
    ['that is not there, deleted', 'DBSnapshotNotFoundFault', () => remove('gone')],
  ])('%s is %s', async (_what, name, call) => {
    expect(await errorName(call())).toBe(name);
  });

  test('and its errors are those that the client knows', async () => {
    await expect(rds.describeSnapshot('gone')).rejects.toBeInstanceOf(sdk.DBSnapshotNotFoundFault);
    await expect(take('first')).rejects.toBeInstanceOf(sdk.DBSnapshotAlreadyExistsFault);
    await expect(rds.describe('gone')).rejects.toBeInstanceOf(sdk.DBInstanceNotFoundFault);
    await expect(restore('orders', 'first')).rejects.toBeInstanceOf(sdk.DBInstanceAlreadyExistsFault);
  });

  test('is copied, found page after page, counted, and its data stay as long as any copy', async () => {
    const names = Array.from({ length: 99 }, (_, index) => `copy-${index}`);
    for (const name of names) await copy(name);
    expect(await errorName(copy('too-many'))).toBe('SnapshotQuotaExceededFault');
    const pages: number[] = [];
    const found: unknown[] = [];
    for await (const { DBSnapshots = [] } of sdk.paginateDescribeDBSnapshots(
      { client: rds.rds, pageSize: 40 },
      { DBInstanceIdentifier: 'orders', SnapshotType: 'manual' },
    )) {
      pages.push(DBSnapshots.length);
      found.push(...DBSnapshots.map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier));
    }
    expect(pages).toEqual([40, 40, 20]);
    expect(found).toEqual(['first', ...names]);
    const tooSmall = new sdk.DescribeDBSnapshotsCommand({ MaxRecords: 5 });
    expect(await errorName(rds.rds.send(tooSmall))).toBe('InvalidParameterValue');
    const { SourceDBSnapshotIdentifier, OriginalSnapshotCreateTime } = await rds.snapshotAvailable('copy-98');
    expect(SourceDBSnapshotIdentifier).toBe('arn:aws:rds:us-east-1:123456789012:snapshot:first');
    expect(OriginalSnapshotCreateTime).toEqual((await rds.describeSnapshot('first')).SnapshotCreateTime);

    const folders = () => readdirSync(join(rds.machine.directory, 'backups')).length;
    const before = folders();
    expect((await remove('first')).DBSnapshot?.Status).toBe('deleted');
    expect(folders()).toBe(before);
    for (const name of names) await remove(name);
    expect(folders()).toBe(before - 1);
  });

  test('that RDS took by itself is not deleted', async () => {
    const { DBSnapshots } = await rds.rds.send(
      new sdk.DescribeDBSnapshotsCommand({
        SnapshotType: 'automated',
        Filters: [{ Name: 'db-instance-id', Values: ['orders'] }],
      }),
    );
    expect(DBSnapshots?.map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier)).toEqual([
      expect.stringMatching(/^rds:orders-\d{4}(-\d\d){4}$/),
    ]);
    const name = DBSnapshots?.[0]?.DBSnapshotIdentifier as string;
    expect(await errorName(remove(name))).toBe('InvalidDBSnapshotStateFault');
  });

  test('is taken and restored only where the policy says', async () => {
    const arn = (rest: string) => `arn:aws:rds:us-east-1:123456789012:${rest}`;
    const role = new sdk.RDSClient(
      rds.clientOf('taker', [
        {
          Effect: 'Allow',
          Action: 'rds:CreateDBSnapshot',
          Resource: [arn('db:orders'), arn('snapshot:nightshift-*')],
        },
      ]),
    );
    const takeAs = (DBSnapshotIdentifier: string, DBInstanceIdentifier: string, Tags?: sdk.Tag[]) =>
      errorName(
        role.send(new sdk.CreateDBSnapshotCommand({ DBSnapshotIdentifier, DBInstanceIdentifier, Tags })),
      );
    expect(await takeAs('nightshift-1', 'orders-restored')).toBe('AccessDenied');
    expect(await takeAs('other', 'orders')).toBe('AccessDenied');
    expect(await takeAs('nightshift-1', 'orders', [{ Key: 'a', Value: 'b' }])).toBe('AccessDenied');
    expect(await takeAs('nightshift-1', 'orders')).toBe('no error');
    role.destroy();
  });
});
