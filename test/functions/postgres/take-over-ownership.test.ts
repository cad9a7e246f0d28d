import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { undo } from '../../../functions/postgres/give-ownership-back.ts';
import { handler as inspect } from '../../../functions/postgres/inspect-ownership.ts';
import { handler as makePlan } from '../../../functions/postgres/plan-take-over.ts';
import { Ownership } from '../../../functions/postgres/roles/ownership.ts';
import { openSession, type Session } from '../../../functions/postgres/session.ts';
import { handler as takeOver } from '../../../functions/postgres/take-over-ownership.ts';
import { handler as verify } from '../../../functions/postgres/verify-ownership.ts';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { readRecord } from '../../../functions/run/run-record.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { Evidence, Plan } from '../../../schemas/run.ts';
import { SecretTarget } from '../../../schemas/secret.ts';
import { CONTEXT, startActing } from '../../support/acting-run.ts';

const authority = vi.hoisted(() => ({ pem: '' }));
vi.mock('../../../functions/postgres/authorities.ts', () => ({ databaseAuthorities: () => [authority.pem] }));

const PASSWORD = 'correct-horse';
const PACE = { grace: 100, interval: 20 };

/** The master of an RDS instance takes over what belongs to the application's user. */
describe('the steps of a take-over', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let target: SecretTarget;
  let place: { host: string; port: number };

  beforeAll(async () => {
    world = await startActing([createSecretsManagerService, createRdsService]);
    authority.pem = await readFile(world.machine.certificateAuthority.file, 'utf8');
    const { attributes } = await world.create('AWS::RDS::DBInstance', {
      DBInstanceIdentifier: 'shop',
      Engine: 'postgres',
      EngineVersion: '17.5',
      DBInstanceClass: 'db.t4g.micro',
      AllocatedStorage: '20',
      MasterUsername: 'master',
      MasterUserPassword: PASSWORD,
      DBName: 'shop',
      BackupRetentionPeriod: 0,
    });
    place = { host: String(attributes?.['Endpoint.Address']), port: Number(attributes?.['Endpoint.Port']) };
    const secret = async (name: string, username: string) =>
      (
        await world.create(
          'AWS::SecretsManager::Secret',
          { Name: name, SecretString: JSON.stringify({ username, password: PASSWORD }) },
          name,
        )
      ).ref;
    const secretArn = await secret('login', 'app');
    target = SecretTarget.parse({
      kind: 'secret',
      name: 'shop-login',
      secretArn,
      rotation: {
        kind: 'postgresql-alternating-users',
        database: {
          kind: 'database',
          name: 'main',
          instance: 'shop',
          ...place,
          database: 'shop',
          secretArn,
          migrations: 'none',
        },
        adminSecretArn: await secret('master', 'master'),
        password: { length: 32, excludedCharacters: '', urlSafe: false },
        users: ['app', 'app_b'],
        ownerRole: 'app_owner',
      },
      consumers: [],
      after: [],
      tags: [],
      overlapSeconds: 0,
    });
    const master = await open('master');
    for (const statement of [
      `CREATE ROLE app LOGIN PASSWORD '${PASSWORD}'`,
      'GRANT CREATE ON SCHEMA public TO app',
      'CREATE TABLE of_master (id int)',
      'GRANT SELECT ON of_master TO app',
    ])
      await master.query(statement);
    await master.close();
    const app = await open('app');
    await app.query('CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, note text)');
    await app.query(`CREATE FUNCTION who() RETURNS text LANGUAGE sql AS 'SELECT current_user'`);
    await app.close();
  });
  afterAll(async () => {
    await world?.stop();
  });

  const open = (user: string): Promise<Session> =>
    openSession(
      { ...place, database: 'shop', user, password: PASSWORD },
      { readOnly: false, authorities: [authority.pem] },
    );
  async function planned(id: string) {
    const began = { ...(await world.beginRun(id, 'take-over-ownership')), target };
    const ownership = Ownership.parse(await inspect(began, CONTEXT));
    const plan = Plan.parse(await makePlan({ ...began, ownership }, CONTEXT));
    return { ...began, plan };
  }
  const owner = async () => {
    const master = await open('master');
    const { rows } = await master.query(
      `SELECT tableowner::text AS owner FROM pg_tables WHERE tablename = 'orders'`,
    );
    await master.close();
    return rows[0]?.owner;
  };
  const tools = () => ({
    step: 'give-ownership-back',
    phase: 'act' as const,
    signal: new AbortController().signal,
  });

  it('plans what would be given, and changes nothing', async () => {
    const { plan } = await planned('run-1');
    expect(plan.actions.map(({ id }) => id)).toEqual([
      'make-owner-role',
      'join-owner-role',
      'move-privileges',
      'give-function-of-app',
      'give-table-of-app',
      'act-as-owner',
      'make-second-user',
      'settle',
    ]);
    expect(plan.actions.every(({ reversible }) => reversible)).toBe(true);
    expect(plan.summary).toContain('gives it 2 objects of app (1 × function, 1 × table; 1 sequences follow');
    expect(plan.warnings.join()).toContain('function public.who()');
    expect(plan.hash).toBe((await planned('run-1-again')).plan.hash);
    expect(await owner()).toBe('app');
    expect(await readRecord('run-1')).toMatchObject({ acted: false });
  });

  it('changes nothing with the switch off', async () => {
    const input = await planned('run-off');
    await world.turnSwitch('off');
    await expect(takeOver(input, CONTEXT)).rejects.toMatchObject({ name: 'Refused' });
    await world.turnSwitch('on');
    expect(await owner()).toBe('app');
  });

  it('refuses a run that has lost its lock', async () => {
    const input = await planned('run-lost');
    await world.beginRun('run-other');
    await expect(takeOver(input, CONTEXT)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await owner()).toBe('app');
  });

  it('takes over, twice the same, proves it, and gives everything back', async () => {
    const input = await planned('run-2');
    expect((await verify(input, CONTEXT).then(Evidence.parse)).passed).toBe(false);
    const first = await takeOver(input, CONTEXT);
    expect(first).toMatchObject({ given: 2, left: [] });
    expect(await takeOver(input, CONTEXT)).toEqual(first);
    const acting = await open('app');
    await acting.query('CREATE TABLE made (id int)');
    expect(await takeOver({ ...input, settle: true }, CONTEXT)).toMatchObject({ given: 0, left: [] });
    const evidence = Evidence.parse(await verify(input, CONTEXT));
    expect(evidence.checks.map(({ name, passed, measured }) => `${passed} ${name}: ${measured}`)).toEqual([
      'true users are equal: no difference between app and app_b',
      'true objects belong to the owner role: 2 of 2 planned objects belong to app_owner; 0 belong to app or app_b',
      "true privileges are those of the owner role: 2 of 2 grants are app_owner's; 0 are still a user's own",
      'true owner role can read and write: 1 of 1 tables and views, as app_owner',
    ]);
    expect(await owner()).toBe('app_owner');
    expect((await planned('run-3')).plan).toMatchObject({
      actions: [],
      summary: expect.stringContaining('there is nothing to do'),
    });

    const back = { ...input, ...(await world.beginRun('run-2')) };
    await world.turnSwitch('off');
    expect(await undo({ ...back, stage: 'sessions' }, tools(), PACE)).toEqual({ given: 0, left: [] });
    // Somebody still acts as the owner role.
    await expect(undo({ ...back, stage: 'objects' }, tools(), PACE)).rejects.toMatchObject({
      name: 'NeedsHuman',
      message: expect.stringContaining('1 sessions of app and app_b may still act as app_owner'),
    });
    expect(await owner()).toBe('app_owner');
    await acting.query('INSERT INTO made VALUES (1)');
    await acting.close();
    expect(await undo({ ...back, stage: 'objects' }, tools(), PACE)).toEqual({ given: 3, left: [] });
    expect(await undo(back, tools(), PACE)).toEqual({ given: 0, left: [] });
    await world.turnSwitch('on');
    expect(await owner()).toBe('app');
    const said = JSON.stringify([await readAuditLog('run-2'), await readRecord('run-2'), input.plan]);
    expect(said).not.toContain(PASSWORD);
  });

  it('undoes nothing where nothing was done', async () => {
    expect(await undo(await planned('run-4'), tools(), PACE)).toEqual({ given: 0, left: [] });
    expect(await readRecord('run-4')).toMatchObject({ acted: false });
  });

  it.each([
    [
      'another kind of secret',
      { rotation: { kind: 'external-key' } },
      'InvalidInput',
      'not declared as one of two users',
    ],
    ['no administrator', {}, 'PreconditionFailed', 'No secret of an administrator is declared'],
  ])('refuses %s', async (_, change, name, message) => {
    const began = await world.beginRun(`run-${name}`);
    const { rotation } = target as { rotation: Record<string, unknown> };
    const { adminSecretArn: _admin, ...without } = rotation;
    const changed =
      'rotation' in change
        ? { kind: 'external-key', probe: { url: 'https://x', method: 'GET', headers: {}, statuses: [200] } }
        : without;
    await expect(
      inspect({ ...began, target: { ...target, rotation: changed } }, CONTEXT),
    ).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it('says all that stands in the way', async () => {
    const began = { ...(await world.beginRun('run-obstacle')), target };
    const ownership = Ownership.parse(await inspect(began, CONTEXT));
    await expect(
      makePlan(
        {
          ...began,
          ownership: { ...ownership, elsewhere: [{ user: 'app', database: 'other', owned: 2, named: 0 }] },
        },
        CONTEXT,
      ),
    ).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('In the database other, 2 objects belong to app'),
    });
  });
});
