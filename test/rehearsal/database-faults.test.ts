import { CreateDBSnapshotCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshotName } from '../../functions/rds/snapshot-name.ts';
import { openStage } from '../../rehearsal/open-stage.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import { check, DatabaseOperator, unusedPermissions } from '../support/database-operator.ts';

const DAY_MILLISECONDS = 86_400_000;
/** As many attempts as a client of AWS makes by itself: then the state machine has to try again, too. */
const THREE_TIMES = [1, 2, 3];

/** Steps of snapshot-database, and of restore-drill alone. */
const ROLES = [
  'PlanSnapshot',
  'TakeManifest',
  'CreateSnapshot',
  'AwaitSnapshot',
  'MarkSnapshotGood',
  'ApplyRetention',
  'VerifySnapshots',
  'PlanDrill',
  'RecordDrill',
  'DeleteScratch',
];
/** Permissions that this day has no use for. */
const NOT_TODAY = [
  // RDS asks for the instance's, too, where snapshots are asked for by it.
  /rds:DescribeDBSnapshots on \S*:db:demo/,
  // Objects need one of the two actions, their bucket the other.
  /s3:GetObject on \S*reports\w*-\w+$/,
  /s3:ListBucket on \S*\/manifests\/\*/,
  // Whether a manifest is gone or must not be read is the difference that listing makes.
  /s3:ListBucket on \S*reports\w*-\w+$/,
  // Events end the wait for a snapshot, and the sweep that for one that fails.
  /AwaitSnapshot (states:SendTask|dynamodb:DeleteItem)/,
  // A manifest that has outlived everything that could be compared with it.
  /ApplyRetention s3:DeleteObject/,
  // A copy has no deletion protection.
  /DeleteScratch rds:ModifyDBInstance/,
];

/** One database on a bad day for RDS: each test goes on where the last one ended. */
describe('a database whose RDS', { timeout: 120_000 }, () => {
  let opened: Awaited<ReturnType<typeof openStage>>;
  let stage: Stage;
  let sandbox: Sandbox;
  let operator: DatabaseOperator;

  beforeAll(async () => {
    opened = await openStage({
      speed: 300,
      needsGoodRelease: false,
      hasTraffic: false,
      say: (seconds, line) => process.env.DEBUG && process.stderr.write(`${seconds} s  ${line}\n`),
    });
    ({ stage, sandbox } = opened);
    operator = new DatabaseOperator(stage);
    await operator.changePolicy({ didNotHold: { times: 100, windowMinutes: 360 } });
    // What makes the database fresh: its newest row may be an hour old.
    await sell();
  }, 120_000);
  afterAll(() => opened?.close());

  const sell = () => stage.database.sql('demo', "INSERT INTO items (name) VALUES ('sold')");
  const snapshotNames = async () =>
    (await operator.snapshots()).map(({ DBSnapshotIdentifier = '' }) => DBSnapshotIdentifier).sort();

  it('is at work on it as the run begins: the snapshot waits for it', async () => {
    await stage.clients.rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'demo',
        BackupRetentionPeriod: 2,
        ApplyImmediately: true,
      }),
    );
    await operator.untilStatus('demo', 'modifying');
    const record = await operator.run('snapshot-database');
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
    expect(record.plan?.warnings).toContain('demo is modifying now: the run waits until it is available.');
    expect(await operator.report(record)).toContain('Waits for the instance demo to become available');
    expect(check(record, 'snapshot')?.passed).toBe(true);
  });

  it('gives up half-way through a snapshot: nothing is deleted for it, and the next run is good', async () => {
    const before = await snapshotNames();
    const remove = sandbox.addFault({ call: 'rds-lifecycle:snapshot', effect: 'fail', occurrences: [1] });
    const record = await operator.run('snapshot-database');
    remove();
    expect(record).toMatchObject({ outcome: 'failed', acted: true, error: { name: 'VerificationFailed' } });
    const failed = record.plan?.observed.snapshot as string;
    expect(record.error?.message).toContain(
      `The snapshot ${failed} is failed, and will not become available.`,
    );
    expect(record.error?.message).toContain('Nothing can be restored from it');
    expect(await snapshotNames()).toEqual([...before, failed].sort());
    expect(await operator.locks()).toEqual([]);

    const next = await operator.run('snapshot-database');
    expect(next.outcome).toBe('verified');
    // It may still be looked at for a day.
    expect(await snapshotNames()).toContain(failed);
  });

  it('has failed with one two days ago, which goes with the next good one', async () => {
    const run = {
      id: 'two-days-ago',
      startedAt: new Date(sandbox.clock.now() - 2 * DAY_MILLISECONDS).toISOString(),
    };
    const identifier = snapshotName('main', run);
    const remove = sandbox.addFault({ call: 'rds-lifecycle:snapshot', effect: 'fail', occurrences: [1] });
    await stage.clients.rds.send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: 'demo',
        DBSnapshotIdentifier: identifier,
        Tags: Object.entries({
          [OWNER_TAG]: 'nightshift',
          [Tag.database]: 'main',
          [Tag.run]: run.id,
          [Tag.purpose]: 'snapshot',
        }).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    remove();
    await stage.until('it to fail', 600, async () =>
      (await operator.snapshots()).some(
        ({ DBSnapshotIdentifier, Status }) => DBSnapshotIdentifier === identifier && Status === 'failed',
      ),
    );
    const before = await snapshotNames();
    const record = await operator.run('snapshot-database');
    expect(record.outcome).toBe('verified');
    expect(check(record, 'retention')?.measured).toContain('1 deleted');
    const taken = record.plan?.observed.snapshot as string;
    expect(await snapshotNames()).toEqual([...before.filter((name) => name !== identifier), taken].sort());
  });

  it('throttles every call now and then: snapshot and drill come to their end all the same', async () => {
    await sell();
    const calls = [
      'DescribeDBInstances',
      'DescribeDBSnapshots',
      'CreateDBSnapshot',
      'AddTagsToResource',
      'RestoreDBInstanceFromDBSnapshot',
      'ModifyDBInstance',
      'DeleteDBInstance',
    ];
    const removals = [
      ...calls.map((call) =>
        sandbox.addFault({ call: `rds:${call}`, effect: 'throttle', occurrences: THREE_TIMES }),
      ),
      sandbox.addFault({
        call: 'rds:*',
        effect: 'throttle',
        occurrences: Array.from({ length: 50 }, (_, place) => 10 + 7 * place),
      }),
    ];
    const snapshot = await operator.run('snapshot-database');
    const drill = await operator.run('restore-drill');
    for (const remove of removals) remove();
    expect(snapshot).toMatchObject({ outcome: 'verified' });
    expect(drill).toMatchObject({ outcome: 'verified' });
    expect(check(drill, 'rows')?.passed).toBe(true);
    // What the clients of AWS did not get through by themselves is written down.
    for (const record of [snapshot, drill])
      expect(await operator.report(record)).toMatch(/met a passing failure \(Throttling/);
    await operator.untilLeft('demo');
  });

  it('leaves no permission unused but those for what did not happen', () => {
    expect(unusedPermissions(sandbox, ROLES, NOT_TODAY)).toEqual([]);
  });
});
