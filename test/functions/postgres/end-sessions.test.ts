import { readFile } from 'node:fs/promises';
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { endAll } from '../../../functions/postgres/end-sessions.ts';
import { readAuditLog } from '../../../functions/run/audit-log.ts';
import { readRecord } from '../../../functions/run/run-record.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { DatabaseTarget } from '../../../schemas/target.ts';
import { planOf, startActing } from '../../support/acting-run.ts';

const authority = vi.hoisted(() => ({ pem: '' }));
vi.mock('../../../functions/postgres/authorities.ts', () => ({ databaseAuthorities: () => [authority.pem] }));

const PACE = { grace: 200, settle: 300, interval: 20 };
const PASSWORD = 'correct-horse';

/** One instance with clients, which in the end has another name. */
describe('ending the sessions on the original', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let rds: RDSClient;
  let target: DatabaseTarget;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    world = await startActing([createSecretsManagerService, createRdsService]);
    authority.pem = await readFile(world.machine.certificateAuthority.file, 'utf8');
    rds = new RDSClient(world.client);
    await world.create('AWS::RDS::DBInstance', {
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
    const secret = async (name: string, username: string, password: string) =>
      (
        await world.create(
          'AWS::SecretsManager::Secret',
          { Name: name, SecretString: JSON.stringify({ username, password }) },
          name,
        )
      ).ref;
    target = DatabaseTarget.parse({
      kind: 'database',
      name: 'main',
      instance: 'shop',
      // Where it was when the stack was deployed; not asked.
      host: 'nowhere.invalid',
      port: 1,
      database: 'shop',
      secretArn: await secret('login', 'app', 'wrong'),
      masterSecretArn: await secret('master', 'master', PASSWORD),
      migrations: 'none',
    });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end().catch(() => {});
  });
  afterAll(async () => {
    rds?.destroy();
    await world?.stop();
  });

  const instances = async () => (await rds.send(new DescribeDBInstancesCommand({}))).DBInstances ?? [];
  async function connect(application: string, onEnd: () => void = () => {}): Promise<pg.Client> {
    const { Endpoint: endpoint } = (await instances())[0] ?? {};
    const client = new pg.Client({
      host: endpoint?.Address as string,
      port: endpoint?.Port as number,
      database: 'shop',
      user: 'master',
      password: PASSWORD,
      application_name: application,
      ssl: { ca: authority.pem },
    });
    client.on('error', () => {});
    client.once('end', onEnd);
    await client.connect();
    clients.push(client);
    return client;
  }
  async function enter(runId: string, change: Partial<DatabaseTarget> = {}, resourceId?: string) {
    const began = await world.beginRun(runId);
    const observed = {
      names: {
        original: { identifier: 'shop', resourceId: resourceId ?? (await instances())[0]?.DbiResourceId },
        restored: { identifier: 'shop-restored', resourceId: null },
        aside: 'shop-before',
      },
    };
    const { signal } = new AbortController();
    const tools = { step: 'end-sessions', phase: 'act' as const, signal };
    return endAll({ ...began, target: { ...target, ...change }, plan: planOf(observed) }, tools, PACE);
  }

  it('changes nothing where nobody is connected', async () => {
    expect(await enter('run-1')).toEqual({ ended: 0, left: 0, reachable: true });
    expect(await readRecord('run-1')).toMatchObject({ acted: false });
  });

  it('ends those that stay, and says whose they were', async () => {
    await connect('worker');
    await connect('worker');
    expect(await enter('run-2')).toEqual({ ended: 2, left: 0, reachable: true });
    expect(await readRecord('run-2')).toMatchObject({ acted: true });
    const actions = (await readAuditLog('run-2')).filter(({ kind }) => kind === 'action');
    expect(actions.map(({ summary }) => summary)).toEqual([
      'Ends the sessions of clients that stay: 2 of master (worker).',
    ]);
  });

  it('ends none with the switch off', async () => {
    const client = await connect('worker');
    await world.turnSwitch('off');
    await expect(enter('run-off')).rejects.toMatchObject({ name: 'Refused' });
    await world.turnSwitch('on');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('refuses to go on while a client stays connected', async () => {
    let comes = true;
    const stay = (): void => void connect('unknown-pool', () => comes && stay());
    stay();
    await vi.waitFor(() => expect(clients).toHaveLength(1));
    await expect(enter('run-3')).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('come back at once: 1 of master (unknown-pool)'),
    });
    comes = false;
  });

  it('looks from elsewhere when the database itself is lost', async () => {
    expect(await enter('run-4', { database: 'dropped' })).toMatchObject({ reachable: true });
  });

  it('refuses when it is not let in: an original that answers is not known to be quiet', async () => {
    await expect(enter('run-5', { masterSecretArn: undefined })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('28P01'),
    });
  });

  it('finds the original under its present name', async () => {
    await rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: 'shop',
        NewDBInstanceIdentifier: 'shop-before',
        ApplyImmediately: true,
      }),
    );
    await vi.waitFor(
      async () =>
        expect((await instances())[0]).toMatchObject({
          DBInstanceIdentifier: 'shop-before',
          DBInstanceStatus: 'available',
        }),
      { timeout: 40_000 },
    );
    await connect('worker');
    expect(await enter('run-6')).toEqual({ ended: 1, left: 0, reachable: true });
  });

  it('goes on with a warning when the original is not to be reached', async () => {
    expect(await enter('run-7', {}, 'db-GONE')).toEqual({ ended: 0, left: 0, reachable: false });
    const [entry] = await readAuditLog('run-7');
    expect(entry?.summary).toContain('WARNING');
  });
});
