import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage } from '../../rehearsal/open-stage.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import { Tag } from '../../schemas/names.ts';
import { check, DatabaseOperator, unusedPermissions } from '../support/database-operator.ts';

const OTHER_ACCOUNT = '210987654321';

/** Steps of restore-database beside, and of restore-drill. */
const ROLES = [
  'InspectInstance',
  'AwaitInstance',
  'ChooseRecoveryPoint',
  'MeasureLoss',
  'PlanRestore',
  'RestoreInstance',
  'SettleInstance',
  'RestorePasswords',
  'ProveRestore',
  'HandOver',
  'VerifyRestore',
  'SweepLeftovers',
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
  // Events end the waits, and the sweep those that fail.
  /AwaitInstance states:SendTask(Success on \S*(restore-drill|recover-migration)|Failure)/,
  // Nothing that is restored from a snapshot needs the other call's resources, nor the other way round.
  /RestoreInstance rds:RestoreDBInstanceFromDBSnapshot on \S*:db:demo$/,
  /RestoreInstance rds:RestoreDBInstanceToPointInTime on \S*(:snapshot:|-drill-)/,
  // The demonstration has no parameter group of its own, no monitoring, and one user.
  /RestoreInstance rds:RestoreDBInstance\w+ on \S*:pg:/,
  /SettleInstance iam:PassRole/,
  // Both drills fail before (the one of database-faults does not).
  /SettleInstance rds:ModifyDBInstance on \S*-drill-/,
  /RestorePasswords /,
  // A mark is taken off by who hands over, and only of snapshots that are this account's.
  /HandOver rds:\w+ on \S*:snapshot:/,
  // Of a swap (swap-faults).
  /HandOver rds:AddTagsToResource/,
  /HandOver rds:RemoveTagsFromResource on \S*:db:demo(\*-before-\*)?$/,
  // Copies have no deletion protection, and drills delete their own.
  /SweepLeftovers rds:ModifyDBInstance/,
  /SweepLeftovers rds:DeleteDBInstance on \S*-drill-/,
];

/** Restores of one database on a bad day: each test goes on where the last one ended. */
describe('a database, when RDS', { timeout: 120_000 }, () => {
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
    expect(await operator.run('snapshot-database')).toMatchObject({ outcome: 'verified' });
  }, 120_000);
  afterAll(() => opened?.close());

  const sell = () => stage.database.sql('demo', "INSERT INTO items (name) VALUES ('sold')");
  const names = async () => (await stage.database.names()).map((name) => name.replace(/-[0-9a-f]{6}$/, ''));

  it.each([
    ['fails to restore', 'fail', 'is restore-error, and will not become available by itself'],
    [
      'runs out of storage as it restores',
      'storage-full',
      'is storage-full, and will not become available by itself',
    ],
  ])('%s: the drill fails, and its scratch goes', async (_, effect, sentence) => {
    const remove = sandbox.addFault({ call: 'rds-lifecycle:restore', effect, occurrences: [1] });
    const record = await operator.run('restore-drill', { trigger: { kind: 'schedule', by: 'quarterly' } });
    remove();
    expect(record).toMatchObject({ outcome: 'failed', acted: true, error: { name: 'VerificationFailed' } });
    expect(record.error?.message).toContain(sentence);
    expect(await operator.report(record)).toContain('is being deleted');
    await operator.untilLeft('demo');
    expect(await stage.until('the page', 600, async () => (await stage.team.takePages()).at(-1))).toBe(
      'FAILED: restore-drill on database/main',
    );
  });

  it('shares a snapshot from another account: restored beside where it can be read, refused where not', async () => {
    const { shareSnapshot } = sandbox.machine.engines;
    await sell();
    const { plan } = await operator.run('snapshot-database');
    const own = plan?.observed.snapshot as string;
    const open = shareSnapshot(own, { account: OTHER_ACCOUNT, identifier: 'handed-over' });
    const secret = shareSnapshot(own, {
      account: OTHER_ACCOUNT,
      identifier: 'secret',
      kmsKeyId: `arn:aws:kms:us-east-1:${OTHER_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    });
    const refused = await operator.run('restore-database', { snapshot: secret });
    expect(refused).toMatchObject({
      outcome: 'refused',
      acted: false,
      error: { name: 'PreconditionFailed' },
    });
    expect(refused.error?.message).toContain('is encrypted with a key of the account 210987654321');
    expect(await names()).toEqual(['demo']);

    const record = await operator.run('restore-database', { snapshot: open });
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
    expect(record.plan?.warnings.join(' ')).toContain('was never proved good and has no manifest');
    expect(await names()).toEqual(['demo', 'demo-restored']);
  });

  it('goes back to a time, with the rows that a manifest of before knows', async () => {
    await sell();
    const [sold] = await stage.database.sql('demo', 'SELECT count(*)::int FROM items');
    const now = sandbox.clock.now();
    const latest = await stage.until('the time to be restorable', 1800, async () => {
      const { LatestRestorableTime } =
        (await stage.database.instances()).find(
          ({ DBInstanceIdentifier }) => DBInstanceIdentifier === 'demo',
        ) ?? {};
      return (
        LatestRestorableTime !== undefined && LatestRestorableTime.getTime() > now && LatestRestorableTime
      );
    });
    const before = await stage.database.names();
    const record = await operator.run('restore-database', { toTime: latest.toISOString() });
    expect(record).toMatchObject({ outcome: 'verified', acted: true });
    expect(check(record, 'rows')?.measured).toContain('as in the manifest or newer');
    const [restored = ''] = (await stage.database.names()).filter((name) => !before.includes(name));
    expect(await stage.database.sql(restored, 'SELECT count(*)::int FROM items')).toEqual([sold]);
  });

  it('has the snapshot but S3 no longer its manifest: nothing is swapped', async () => {
    await sell();
    const { plan } = await operator.run('snapshot-database');
    const { reportBucket } = await operator.stores();
    await new S3Client({ forcePathStyle: true }).send(
      new DeleteObjectCommand({
        Bucket: reportBucket,
        Key: `manifests/main/${plan?.observed.snapshot}.json`,
      }),
    );
    const [original] = await stage.database.instances();
    const record = await operator.runApproved('restore-database', { mode: 'swap' });
    expect(record.acted).toBe(true);
    expect(record.outcome).toBe('undone');
    expect(record.error?.message).toMatch(
      /^What was restored into demo-restored-\w+ is not what it must be: .*manifest.*the original was not touched/,
    );
    const demo = (await stage.database.instances()).find(
      ({ DBInstanceIdentifier }) => DBInstanceIdentifier === 'demo',
    );
    expect(demo?.DbiResourceId).toBe(original?.DbiResourceId);
    expect(await stage.team.service()).toMatchObject({ desiredCount: 2, runningCount: 2 });
    expect(Object.values(await operator.tags()).flatMap((tags) => tags[Tag.swap] ?? [])).toEqual([]);
    expect(await operator.locks()).toEqual([]);
  });

  it('never brings a restore up: the run gives up, and the sweeper deletes what it left, and nothing else', async () => {
    const before = await stage.database.names();
    const remove = sandbox.addFault({ call: 'rds-lifecycle:restore', effect: 'hang', occurrences: [1] });
    const record = await operator.run('restore-database', { mode: 'beside' });
    remove();
    expect(record).toMatchObject({ outcome: 'failed', acted: true, error: { name: 'VerificationFailed' } });
    expect(record.error?.message).toMatch(
      /^Waited \d+ minutes for the instance demo-restored-\w+ to become available in vain; last seen: RDS says that it is creating/,
    );
    const names = await stage.database.names();
    const [left = ''] = names.filter((name) => !before.includes(name));
    expect(names).toEqual([...before, left].sort());
    expect(await operator.invoke('SweepLeftovers')).toEqual({ deleted: [], failed: [] });
    // Its day passes.
    await operator.tag(left, Tag.expiresAt, new Date(sandbox.clock.now() - 1000).toISOString());
    expect(await operator.invoke('SweepLeftovers')).toEqual({ deleted: [left], failed: [] });
    await operator.untilLeft(...before);
  });

  it('leaves no permission unused but those for what did not happen', () => {
    expect(unusedPermissions(sandbox, ROLES, NOT_TODAY)).toEqual([]);
  });
});
