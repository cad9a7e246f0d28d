import { DeregisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeService } from '../../functions/ecs/describe-service.ts';
import { databaseAuthorities } from '../../functions/postgres/authorities.ts';
import { MIGRATION_HEAD } from '../../rehearsal/demo-api/migrations.ts';
import { openStage } from '../../rehearsal/open-stage.ts';
import { DEFAULT_SPEED } from '../../rehearsal/rehearse.ts';
import type { Stage } from '../../rehearsal/stage.ts';
import type { Sandbox } from '../../sandbox/contract.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { demoPassword } from '../support/demo-password.ts';
import { Operator } from '../support/operator.ts';

const ALARM = 'nightshift-api-error-ratio';

/** One bad release, looked at while the world around it changes: each test goes on where the last one ended. */
describe('roll-back-service', { timeout: 120_000 }, () => {
  let stage: Stage;
  let sandbox: Sandbox;
  let close: () => Promise<void>;
  let operator: Operator;
  let bad: string;

  beforeAll(async () => {
    ({ stage, sandbox, close } = await openStage({ speed: DEFAULT_SPEED }));
    operator = new Operator(stage);
    // With the switch off the alarm's own run ends at its plan, and the release stays bad.
    await operator.setSwitch('off');
    bad = await stage.team.release({ tag: '2026-11-21' });
    await stage.followRun(0);
    await operator.setSwitch('on');
    await operator.page();
  });
  afterAll(() => close?.());

  const setMigrationHead = async (revision: string) => {
    const { host, port } = sandbox.machine.engines.describeDatabase('demo');
    const client = new pg.Client({
      host,
      port,
      database: 'demo',
      user: 'demo',
      password: await demoPassword(sandbox),
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    await client.query('UPDATE alembic_version SET version_num = $1', [revision]);
    await client.end();
  };

  it('refuses to go back to a release that cannot run against the live schema', async () => {
    await setMigrationHead('c0de_split_names');
    const record = await operator.run({ service: 'api' });
    expect(record).toMatchObject({ outcome: 'refused', acted: false, error: { name: 'Refused' } });
    expect(record.error?.message).toContain(
      `the database stands at c0de_split_names, and ${stage.good} supports ${MIGRATION_HEAD}`,
    );
    expect(record.error?.message).toContain('Either deploy a fixed release');
    expect(await stage.team.running()).toBe(bad);
    await setMigrationHead(MIGRATION_HEAD);
  });

  it('says that a service is gone: ECS reports it as a failure, not as an error', async () => {
    const target = { cluster: 'demo', service: 'gone' } as ServiceTarget;
    await expect(describeService(target)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('ECS has no active service "gone" in the cluster "demo" (MISSING)'),
    });
  });

  it('trusts no database whose certificate comes from somewhere else', async () => {
    const { host, port } = sandbox.machine.engines.describeDatabase('demo');
    const client = new pg.Client({
      host,
      port,
      database: 'demo',
      user: 'demo',
      password: await demoPassword(sandbox),
      // This process does not add the sandbox's own authority, as the functions' environment does.
      ssl: { ca: databaseAuthorities() },
    });
    await expect(client.connect()).rejects.toThrow(/certificate/);
  });

  it('answers two alarms for one service at once with one run, and counts the other', async () => {
    const trigger = (eventId: string) => ({
      service: 'api',
      trigger: { kind: 'alarm', by: ALARM, eventId, at: new Date(sandbox.clock.now()).toISOString() },
    });
    await stage.clients.ecs.send(
      new UpdateServiceCommand({ cluster: 'demo', service: 'api', desiredCount: 3 }),
    );
    const records = await Promise.all([operator.run(trigger('first')), operator.run(trigger('second'))]);
    const leader = records.find(({ outcome }) => outcome === 'verified');
    const follower = records.find(({ outcome }) => outcome === 'joined');
    expect(leader).toMatchObject({ acted: true, joined: 1 });
    expect(follower).toMatchObject({ acted: false, opening: { joinedRun: leader?.run.id } });
    expect(await stage.team.running()).toBe(stage.good);
    // Somebody had scaled the service out meanwhile: that stays.
    expect(await stage.team.service()).toMatchObject({ desiredCount: 3, runningCount: 3 });
  });

  it('adds nothing when the same event comes again later', async () => {
    const record = await operator.run({
      service: 'api',
      trigger: { kind: 'alarm', by: ALARM, eventId: 'first' },
    });
    expect(record).toMatchObject({ outcome: 'joined', acted: false });
  });

  it('does not go back to a task definition that was deregistered', async () => {
    await operator.setSwitch('off');
    const earlier = await operator.runs();
    bad = await stage.team.release({ tag: '2026-11-21' });
    await stage.followRun(earlier);
    await stage.clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: stage.good }));
    await operator.setSwitch('on');
    await operator.page();
    const record = await operator.run({
      service: 'api',
      trigger: { kind: 'alarm', by: ALARM, eventId: 'third' },
    });
    expect(record).toMatchObject({ outcome: 'refused', acted: false, error: { name: 'PreconditionFailed' } });
    expect(record.error?.message).toContain('it has been deregistered');
    expect(await stage.team.running()).toBe(bad);
    expect(await operator.page()).toBe('REFUSED: roll-back-service on service/api');
  });
});
