import { DeregisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATION_HEAD } from '../../rehearsal/demo-api/migrations.ts';
import { MIGRATING_TAG, MIGRATION } from '../../rehearsal/images.ts';
import { openStage } from '../../rehearsal/open-stage.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { RunRecord } from '../../schemas/run.ts';

/** One service and its database on one day: each test goes on where the last one ended. */
describe('recover-migration', { timeout: 180_000 }, () => {
  let opened: Awaited<ReturnType<typeof openStage>>;
  let stage: Stage;
  /** The release that declares how to go back. */
  let reversible: string;

  beforeAll(async () => {
    opened = await openStage({
      speed: 60,
      say: (seconds, line) => process.env.DEBUG && process.stderr.write(`${seconds} s  ${line}\n`),
    });
    ({ stage } = opened);
  }, 180_000);
  afterAll(() => opened?.close());

  const migration = () => stage.database.sql('demo', 'SELECT version_num FROM alembic_version');
  /** Releases what brings the migration, and waits until the service is down by it. */
  async function breakIt(reverses?: string): Promise<string> {
    const revision = await stage.team.release({
      tag: MIGRATING_TAG,
      supports: `${MIGRATION_HEAD} ${MIGRATION}`,
      ...(reverses === undefined ? {} : { reverses }),
    });
    await stage.until('the migration', 600, async () => (await migration())[0] === MIGRATION);
    stage.tell(`${revision} was released, and has migrated to ${MIGRATION}`);
    return revision;
  }
  /** Starts it as often as it takes: alarms start roll-back-service, which holds the service while it finds that it cannot help. */
  async function recover(input: object, approved: boolean): Promise<RunRecord> {
    return stage.until('a run that is not held up by another one', 3600, async () => {
      const arn = await stage.begin('recover-migration', { database: 'main', ...input });
      if (approved) await stage.approve(arn).catch(() => {});
      const record = await stage.follow('recover-migration', arn);
      if (record.error) stage.tell(record.error.message);
      return !/is at work|holds/.test(record.error?.message ?? '') && record.outcome !== 'joined' && record;
    });
  }
  const serves = () =>
    stage.until('the service to answer again', 900, async () => {
      stage.traffic.take();
      const enough = stage.traffic.total.requests + 20;
      await stage.until('some more requests', 300, async () => stage.traffic.total.requests >= enough);
      return stage.traffic.take().errors === 0;
    });
  const tasks = async () => {
    const { desiredCount, runningCount } = await stage.team.service();
    return [desiredCount, runningCount];
  };
  const names = async () => (await stage.database.names()).map((name) => name.replace(/-[0-9a-f]{6}$/, ''));

  it('touches nothing where neither way back is safe', async () => {
    const revision = await breakIt();
    const record = await recover({}, false);
    expect(record).toMatchObject({ outcome: 'refused', acted: false, error: { name: 'Refused' } });
    expect(record.error?.message).toContain(
      `does not declare that ${MIGRATION} can be taken back without losing data`,
    );
    expect(record.error?.message).toContain('A restore cannot be used: ');
    expect(await migration()).toEqual([MIGRATION]);
    expect(await stage.team.running()).toBe(revision);
    expect((await stage.team.service()).desiredCount).toBe(2);
    expect(await names()).toEqual(['demo']);
  });

  it('takes the migration back where the release declares that this loses nothing', async () => {
    reversible = await breakIt(MIGRATION);
    await stage.database.sql('demo', "INSERT INTO items (full_name) VALUES ('written on the new schema')");
    const before = await stage.database.sql('demo', 'SELECT count(*)::int FROM items');
    const record = await recover({}, true);
    expect(record).toMatchObject({
      outcome: 'verified',
      acted: true,
      plan: { observed: { remedy: 'migrate-down', migrationHeads: [MIGRATION] } },
    });
    expect(record.plan?.words?.next).not.toContain('kept as');
    expect(record.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['migration head', 'api liveness', 'api readiness']),
    );
    expect(await migration()).toEqual([MIGRATION_HEAD]);
    expect(await stage.team.running()).toBe(stage.good);
    expect(await tasks()).toEqual([2, 2]);
    await serves();
    const [after] = await stage.database.sql('demo', 'SELECT count(*)::int FROM items');
    expect(after).toBeGreaterThanOrEqual(before[0] as number);
    expect(
      await stage.database.sql(
        'demo',
        "SELECT count(*)::int FROM items WHERE name = 'written on the new schema'",
      ),
    ).toEqual([1]);
    expect(await names()).toEqual(['demo']);
  });

  it('puts the newest snapshot in where it does not, within the acceptable loss', async () => {
    expect(await stage.run('snapshot-database', { database: 'main' })).toMatchObject({ outcome: 'verified' });
    // It knows the way back, too, but nobody can start it any more.
    await stage.clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: reversible }));
    await breakIt();
    await stage.database.sql('demo', "INSERT INTO items (full_name) VALUES ('lost')");
    const record = await recover({}, true);
    expect(record).toMatchObject({
      outcome: 'verified',
      approval: { decision: 'approved' },
      plan: { observed: { remedy: 'restore', swaps: true, expectedHeads: [MIGRATION_HEAD] } },
    });
    // The report says what still costs money.
    expect(record.plan?.words?.next).toMatch(/The original is kept as demo-before-\w+/);
    expect(await migration()).toEqual([MIGRATION_HEAD]);
    expect(await stage.team.running()).toBe(stage.good);
    expect(await tasks()).toEqual([2, 2]);
    await serves();
    expect(await names()).toEqual(['demo', 'demo-before']);
    expect(await stage.database.sql('demo', "SELECT count(*)::int FROM items WHERE name = 'lost'")).toEqual([
      0,
    ]);
  });
});
