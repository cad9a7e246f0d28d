import * as sdk from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { manifestKey, readManifest } from '../../../functions/postgres/manifest/store.ts';
import { handler as takeManifest } from '../../../functions/postgres/take-manifest.ts';
import { handler as applyRetention } from '../../../functions/rds/apply-retention.ts';
import { handler as createSnapshot } from '../../../functions/rds/create-snapshot.ts';
import { handler as inspectInstance } from '../../../functions/rds/inspect-instance.ts';
import { handler as markSnapshotGood } from '../../../functions/rds/mark-snapshot-good.ts';
import { handler as planSnapshot } from '../../../functions/rds/plan-snapshot.ts';
import { snapshotName } from '../../../functions/rds/snapshot-name.ts';
import type {
  AppliedRetention,
  Awaited as AwaitedState,
  MarkedSnapshot,
  Situation,
  TakenManifest,
} from '../../../functions/rds/state.ts';
import { handler as verifySnapshots } from '../../../functions/rds/verify-snapshots.ts';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';
import type { Evidence, Plan } from '../../../schemas/run.ts';
import type { DatabaseTarget } from '../../../schemas/target.ts';
import { aRegion, aTarget, call } from './a-region.ts';

const trusted = vi.hoisted(() => ({ authorities: [] as string[] }));
vi.mock('../../../functions/postgres/authorities.ts', () => ({
  databaseAuthorities: () => trusted.authorities,
}));

const PASSWORD = 'correct-horse';
let region: Awaited<ReturnType<typeof aRegion>>;
let rds: sdk.RDSClient;
let target: DatabaseTarget;
const removals: Array<() => void> = [];

const describeInstance = async (DBInstanceIdentifier = 'orders') =>
  (await rds.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];
const describeSnapshot = async (DBSnapshotIdentifier: string) =>
  (await rds.send(new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }))).DBSnapshots?.[0];
const tagsOf = async (snapshot: string) =>
  Object.fromEntries(
    (await describeSnapshot(snapshot))?.TagList?.map(({ Key, Value }) => [Key, Value]) ?? [],
  );
const idle = () => until(async () => (await describeInstance())?.DBInstanceStatus, 'available');
const ended = (snapshot: string, status: string) =>
  until(async () => (await describeSnapshot(snapshot))?.Status, status);

/** Also outside of tests, where vitest polls nothing. */
async function until(look: () => Promise<string | undefined>, wanted: string): Promise<void> {
  for (let tries = 0; tries < 800; tries += 1) {
    if ((await look()) === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await look()).toBe(wanted);
}

beforeAll(async () => {
  region = await aRegion(createRdsService);
  trusted.authorities.push(region.authority);
  rds = new sdk.RDSClient(region.client);
  await region.create('AWS::RDS::DBInstance', {
    DBInstanceIdentifier: 'orders',
    Engine: 'postgres',
    EngineVersion: '17.5',
    DBInstanceClass: 'db.t4g.micro',
    AllocatedStorage: '20',
    MasterUsername: 'master',
    MasterUserPassword: PASSWORD,
    DBName: 'shop',
    BackupRetentionPeriod: 7,
    StorageEncrypted: true,
  });
  await idle();
  await region.create(
    'AWS::SecretsManager::Secret',
    { Name: 'orders/master', SecretString: JSON.stringify({ username: 'master', password: PASSWORD }) },
    'Secret',
  );
  const { Endpoint } = (await describeInstance()) ?? {};
  target = aTarget({ host: Endpoint?.Address as string, port: Endpoint?.Port as number });
}, 60_000);
afterEach(async () => {
  for (const remove of removals.splice(0)) remove();
  await region.turn('on');
  await idle();
}, 60_000);
afterAll(async () => {
  rds?.destroy();
  await region?.stop();
});

/** Adds a fault until the test ends. */
const fault = (called: string, effect: string, occurrences?: number[]) =>
  void removals.push(
    region.machine.faults.add({ call: called, effect, ...(occurrences ? { occurrences } : {}) }),
  );

/** A run that has its plan. */
async function planned(id: string, of = target) {
  const opened = await region.openRun(of, id);
  const situation = await call<Situation>(inspectInstance, opened);
  const plan = await call<Plan>(planSnapshot, { ...opened, situation });
  return { ...opened, situation, plan, identifier: snapshotName(of.name, opened.run) };
}
type Planned = Awaited<ReturnType<typeof planned>>;

/** From the manifest to the answer of RDS. */
async function begun(state: Planned) {
  const manifest = await call<TakenManifest>(takeManifest, state);
  return { ...state, manifest, created: await call<AwaitedState>(createSnapshot, { ...state, manifest }) };
}
/** What await-snapshot answers. */
const available = (state: Planned) => ({ identifier: state.identifier, arn: '', takenAt: '', at: '' });
const mark = (state: Planned) =>
  call<MarkedSnapshot>(markSnapshotGood, { ...state, snapshot: available(state) });
const log = async ({ run }: Planned) => (await readAuditLog(run.id)).map(({ summary }) => summary);

describe('a run of snapshot-database', () => {
  test('leaves a good snapshot with its manifest, and does nothing twice', async () => {
    const state = await planned('first');
    expect(state.plan.warnings).toContain(
      'There is no good snapshot yet: this is the first, a full copy, and takes longest.',
    );
    expect(state.plan.actions).toMatchObject([
      { call: 'rds:CreateDBSnapshot', parameters: { snapshot: state.identifier } },
    ]);
    expect(state.plan.observed.idle).toEqual({
      identifier: 'orders',
      resourceId: state.situation.instance?.resourceId,
      since: state.run.startedAt,
    });
    expect(await state.acted()).toBe(false);
    const { manifest, created } = await begun(state);
    const key = manifestKey('main', state.identifier);
    expect(manifest).toMatchObject({ taken: true, key, why: null });
    expect(created.identifier).toBe(state.identifier);
    expect(await state.acted()).toBe(true);
    expect(await readManifest(key)).toMatchObject({
      snapshot: state.identifier,
      snapshotArn: region.machine.arn('rds', `snapshot:${state.identifier}`),
      database: 'main',
    });
    expect(await tagsOf(state.identifier)).toEqual({
      [OWNER_TAG]: 'test',
      [Tag.database]: 'main',
      [Tag.run]: 'first',
      [Tag.purpose]: 'snapshot',
      [Tag.manifest]: key,
    });
    // Again, as after a time-out.
    expect(await begun(state)).toMatchObject({ manifest, created });
    await ended(state.identifier, 'available');

    const marked = await mark(state);
    expect((await tagsOf(state.identifier))[Tag.verifiedAt]).toBe(marked.verifiedAt);
    expect(await mark(state)).toEqual(marked);
    const retention = await call<AppliedRetention>(applyRetention, state);
    expect(retention).toEqual({ deleted: [], skipped: [], left: [] });
    const evidence = await call<Evidence>(verifySnapshots, { ...state, manifest, retention });
    expect(evidence).toMatchObject({ passed: true });
    expect(evidence.checks.map(({ name }) => name)).toEqual([
      'snapshot',
      'encryption',
      'manifest',
      'good snapshots',
      'retention',
    ]);
    // A plan made again in the same run is the same, whatever has become of the snapshot meanwhile.
    expect((await call<Plan>(planSnapshot, state)).hash).toBe(state.plan.hash);
    expect((await planned('second')).plan.hash).not.toBe(state.plan.hash);
  }, 120_000);

  test('takes one snapshot when the first call took effect without an answer', async () => {
    const state = await planned('unanswered');
    const manifest: TakenManifest = { taken: false, key: null, takenAt: null, tables: null, why: 'x' };
    // The client's own tries all end in a time-out or in what the first has brought about.
    fault('rds:CreateDBSnapshot', 'timeout-after', [1]);
    const first = await call<AwaitedState>(createSnapshot, { ...state, manifest }).catch(
      (error: Error) => error,
    );
    if (first instanceof Error) expect(first.name).toBe('Transient');
    expect(await call(createSnapshot, { ...state, manifest })).toMatchObject({
      identifier: state.identifier,
    });
    await ended(state.identifier, 'available');
  }, 60_000);

  test('goes on without a manifest that cannot be taken, and fails for it', async () => {
    const state = await planned('no-manifest', { ...target, host: 'localhost', port: 1 });
    for (const _ of [1, 2])
      await expect(call(takeManifest, state)).rejects.toMatchObject({ name: 'Transient' });
    const { manifest } = await begun(state);
    expect(manifest).toMatchObject({ taken: false, key: null, why: expect.stringContaining('ECONNREFUSED') });
    expect((await log(state)).join('\n')).toContain('NO MANIFEST: ');
    await ended(state.identifier, 'available');
    expect(await tagsOf(state.identifier)).not.toHaveProperty([Tag.manifest]);
    await mark(state);
    const retention = await call<AppliedRetention>(applyRetention, state);
    const evidence = await call<Evidence>(verifySnapshots, { ...state, manifest, retention });
    expect(evidence.checks.filter(({ passed }) => !passed)).toMatchObject([
      { name: 'manifest', measured: expect.stringContaining('ECONNREFUSED') },
    ]);
  }, 60_000);

  test('says which declared table is not there', async () => {
    const expectations = {
      tables: [],
      indexes: [],
      criticalTables: ['ordres'],
      freshness: [],
      assertions: [],
    };
    const state = await planned('misspelt', { ...target, expectations });
    expect(await call(takeManifest, state)).toMatchObject({
      taken: false,
      why: expect.stringContaining('"public.ordres" is not a table'),
    });
  });

  test('waits for an instance that is busy', async () => {
    await rds.send(
      new sdk.CreateDBSnapshotCommand({ DBInstanceIdentifier: 'orders', DBSnapshotIdentifier: 'by-hand' }),
    );
    const state = await planned('busy');
    expect(state.plan.warnings).toContain('orders is backing-up now: the run waits until it is available.');
    const manifest: TakenManifest = { taken: false, key: null, takenAt: null, tables: null, why: 'x' };
    await expect(call(createSnapshot, { ...state, manifest })).rejects.toMatchObject({ name: 'Transient' });
    expect(await state.acted()).toBe(false);
    await idle();
    await call(createSnapshot, { ...state, manifest });
    expect(await state.acted()).toBe(true);
    await ended(state.identifier, 'available');
  }, 60_000);

  test('leaves alone a snapshot of somebody else that has its name', async () => {
    const state = await planned('taken');
    await rds.send(
      new sdk.CreateDBSnapshotCommand({
        DBInstanceIdentifier: 'orders',
        DBSnapshotIdentifier: state.identifier,
        Tags: [{ Key: 'of', Value: 'ann' }],
      }),
    );
    await ended(state.identifier, 'available');
    await idle();
    await expect(begun(state)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining(`The name ${state.identifier} is taken`),
    });
    expect(await state.acted()).toBe(false);
    expect(await tagsOf(state.identifier)).toEqual({ of: 'ann' });
    await expect(mark(state)).rejects.toMatchObject({ name: 'VerificationFailed' });
  }, 60_000);

  test('does not call a snapshot good that failed half-way', async () => {
    fault('rds-lifecycle:snapshot', 'fail');
    const state = await planned('fails');
    await begun(state);
    await ended(state.identifier, 'failed');
    await expect(mark(state)).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('it is failed, not available'),
    });
    expect(await tagsOf(state.identifier)).not.toHaveProperty([Tag.verifiedAt]);
  }, 60_000);

  test('changes nothing once the switch is off', async () => {
    const state = await planned('off');
    await region.turn('off');
    const manifest: TakenManifest = { taken: false, key: null, takenAt: null, tables: null, why: 'x' };
    await expect(call(createSnapshot, { ...state, manifest })).rejects.toMatchObject({ name: 'Refused' });
    await expect(call(takeManifest, state)).rejects.toMatchObject({ name: 'Refused' });
    await expect(describeSnapshot(state.identifier)).rejects.toThrow('not found');
    expect(await state.acted()).toBe(false);
  });

  test('says how many snapshots there are when the quota is reached', async () => {
    const { identifier } = await planned('first');
    const source = (
      await rds.send(new sdk.DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }))
    ).DBSnapshots?.find(({ Status }) => Status === 'available')?.DBSnapshotIdentifier;
    for (let number = 0; number < 100; number += 1) {
      const copied = await rds
        .send(
          new sdk.CopyDBSnapshotCommand({
            SourceDBSnapshotIdentifier: source,
            TargetDBSnapshotIdentifier: `copy-${number}`,
            CopyTags: true,
          }),
        )
        .then(
          () => true,
          () => false,
        );
      if (!copied) break;
    }
    const state = await planned('quota');
    expect(state.identifier).not.toBe(identifier);
    expect(state.plan.warnings.join('\n')).toContain('This region has 100 manual snapshots');
    await expect(begun(state)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(/^This region has 100 manual snapshots, .* No snapshot was taken/),
    });
    expect(await state.acted()).toBe(false);
  }, 60_000);
});

describe('the plan', () => {
  test('names the nearest instance where the declared one is not there', async () => {
    const state = await region.openRun({ ...target, instance: 'ordres' }, 'misnamed');
    await expect(call(inspectInstance, state)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('Did you mean "orders"?'),
    });
  });
});
