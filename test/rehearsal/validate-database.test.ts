import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment } from '../../bin/command/aws.ts';
import { createClients } from '../../rehearsal/clients.ts';
import { MIGRATION_HEAD } from '../../rehearsal/demo-api/migrations.ts';
import { type Demo, startDemo } from '../../rehearsal/start-demo.ts';
import { Team } from '../../rehearsal/team.ts';
import { Parameter } from '../../schemas/names.ts';
import type { RunRecord } from '../../schemas/run.ts';
import { demoPassword } from '../support/demo-password.ts';

/** One database on one day: each test goes on where the last one ended. */
describe('validate-database', { timeout: 120_000 }, () => {
  let demo: Demo;
  let deployment: Deployment;
  let team: Team;

  beforeAll(async () => {
    demo = await startDemo({ speed: 50 });
    deployment = new Deployment('nightshift');
    team = new Team(createClients());
    await sql("INSERT INTO items (name) VALUES ('first')");
  });
  afterAll(() => demo?.close());

  async function sql(statement: string): Promise<void> {
    const { host, port } = demo.sandbox.machine.engines.describeDatabase('demo');
    const client = new pg.Client({
      host,
      port,
      database: 'demo',
      user: 'demo',
      password: await demoPassword(demo.sandbox),
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    await client.query(statement);
    await client.end();
  }
  async function run(input: object): Promise<RunRecord> {
    const { arn } = await deployment.start(
      await deployment.runbook('validate-database'),
      JSON.stringify(input),
    );
    const record = await deployment.follow(arn, () => {});
    if (record === undefined) throw new Error('The run left no record.');
    return record;
  }
  const named = (record: RunRecord, name: string) => record.checks.find((check) => check.name === name);

  it('passes a database that is as it must be, and changes nothing', async () => {
    const record = await run({ database: 'main' });
    expect(record).toMatchObject({ outcome: 'verified', acted: false, target: 'database/main' });
    expect(named(record, 'migration head')?.measured).toBe(
      `stands at ${MIGRATION_HEAD}, expected ${MIGRATION_HEAD}`,
    );
    const report = (await deployment.report(record)).get('report.md')?.toString('utf8');
    expect(report).toContain('# database/main is as it must be');
    expect(report).toContain('## What is in order');
  });

  it('looks also while the switch is off: it has nothing to change', async () => {
    const setSwitch = (Value: string) =>
      createClients().ssm.send(
        new PutParameterCommand({ Name: Parameter.killSwitch('nightshift'), Value, Overwrite: true }),
      );
    await setSwitch('off');
    expect(await run({ database: 'main' })).toMatchObject({ outcome: 'verified' });
    await setSwitch('on');
  });

  it('names what is not as it must be, and wakes nobody whom the answer reaches anyway', async () => {
    await sql("UPDATE alembic_version SET version_num = 'c0de_split_names'");
    await sql("INSERT INTO items (name) VALUES ('')");
    const record = await run({ database: 'main' });
    expect(record).toMatchObject({ outcome: 'failed', acted: false, error: { name: 'VerificationFailed' } });
    expect(record.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([
      'migration head',
      'assertion: no item without a name',
    ]);
    expect(record.error?.message).toMatch(
      /^It is not as it must be: migration head: stands at c0de_split_names/,
    );
    expect(record.error?.message).toContain('Nothing was changed.');
    expect(await team.takePages()).toEqual([]);
  });

  it('pages when a schedule asked', async () => {
    await run({ database: 'main', trigger: { kind: 'schedule', by: 'every-morning' } });
    const deadline = Date.now() + 10_000;
    let pages: string[] = [];
    while (pages.length === 0 && Date.now() < deadline) pages = await team.takePages();
    expect(pages).toEqual(['FAILED: validate-database on database/main']);
  });

  it('refuses a name that is not declared, with the nearest one', async () => {
    const record = await run({ database: 'mian' });
    expect(record).toMatchObject({ outcome: 'refused', error: { name: 'InvalidInput' } });
    expect(record.error?.message).toContain('Did you mean "main"?');
  });

  it('refuses the target of another kind of runbook', async () => {
    const record = await run({ service: 'api' });
    expect(record).toMatchObject({ outcome: 'refused', error: { name: 'InvalidInput' } });
    expect(record.error?.message).toContain('"database" is missing');
  });

  it('compares with the manifest of the newest snapshot, on the instance that is named', async () => {
    await sql(`UPDATE alembic_version SET version_num = '${MIGRATION_HEAD}'`);
    await sql("UPDATE items SET name = 'second' WHERE name = ''");
    const { arn } = await deployment.start(
      await deployment.runbook('snapshot-database'),
      JSON.stringify({ database: 'main' }),
    );
    expect(await deployment.follow(arn, () => {})).toMatchObject({ outcome: 'verified' });
    const input = { database: 'main', instance: 'demo', manifest: 'newest' };
    const good = await run(input);
    expect(good).toMatchObject({ outcome: 'verified', acted: false });
    expect(named(good, 'rows')?.measured).toContain('as in the manifest or newer');

    await sql("DELETE FROM items WHERE name = 'first'");
    const lost = await run(input);
    expect(lost).toMatchObject({ outcome: 'failed', acted: false });
    expect(named(lost, 'rows of public.items')?.measured).toContain('missing or different: 1 at least');
  });

  it('has used every permission of its own', () => {
    const unused = [...demo.sandbox.permissionsUnused()].flatMap(([role, grants]) =>
      [...grants].map((grant) => `${role} ${grant}`),
    );
    // AWS's own services use those for logs and traces; in the sandbox they need none.
    expect(
      unused.filter((grant) => /ValidateDatabase|PlanValidation/.test(grant) && !/ (logs|xray):/.test(grant)),
    ).toEqual([]);
  });

  it('calls a database that lets nobody in a check that failed', async () => {
    const { database } = JSON.parse(
      await demo.sandbox.machine.engines.readParameter('/nightshift/nightshift/targets/service/api', {
        caller: { kind: 'administrator' },
      }),
    ) as { database: { secretArn: string } };
    const password = `it's "wrong" \\ %41@:/?#`;
    await new SecretsManagerClient({}).send(
      new PutSecretValueCommand({
        SecretId: database.secretArn,
        SecretString: JSON.stringify({ username: 'demo', password }),
      }),
    );
    const record = await run({ database: 'main' });
    expect(record).toMatchObject({ outcome: 'failed', acted: false });
    expect(record.checks).toHaveLength(1);
    expect(record.checks[0]).toMatchObject({ name: 'connectivity', passed: false });
    expect(JSON.stringify(record)).not.toContain('wrong');
  });
});
