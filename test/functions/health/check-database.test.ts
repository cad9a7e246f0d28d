import {
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../functions/health/check-database.ts';
import { databaseAuthorities } from '../../../functions/postgres/authorities.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { DATABASE_HEALTH_DEFAULTS } from '../../../schemas/health/database-health.ts';
import { CheckReport } from '../../../schemas/health.ts';
import type { DatabaseTarget } from '../../../schemas/target.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { serveTcp } from '../../support/http-server.ts';
import { LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';
import { aDatabase, PASSWORD } from '../postgres/validate/a-database.ts';

// NODE_EXTRA_CA_CERTS, by which functions know the sandbox's authority, is read when a process starts.
vi.mock('../../../functions/postgres/authorities.ts', () => ({ databaseAuthorities: vi.fn() }));

const database = aDatabase();
let services: Awaited<ReturnType<typeof startServices>>;
let secrets: SecretsManagerClient;
let secretArn: string;
const faults: Array<() => void> = [];

beforeAll(async () => {
  services = await startServices([createSecretsManagerService]);
  pointFunctionsAt(services);
  secrets = new SecretsManagerClient(services.client);
  vi.mocked(databaseAuthorities).mockReturnValue([database.authority]);
  secretArn = await secret('orders', { username: 'app', password: PASSWORD });
});
afterEach(() => {
  for (const end of faults.splice(0)) end();
});
afterAll(async () => {
  secrets?.destroy();
  await services?.close();
  vi.unstubAllEnvs();
});

async function secret(name: string, value: unknown): Promise<string> {
  const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
  return (await services.create('AWS::SecretsManager::Secret', { Name: name, SecretString }, name)).ref;
}
async function report(change: Partial<DatabaseTarget> = {}) {
  const { host, port } = database.login;
  const target = {
    kind: 'database',
    name: 'main',
    instance: 'main',
    host,
    port,
    database: 'shop',
    secretArn,
    migrations: 'none',
    ...change,
  };
  const step = handler as (event: unknown, context: never) => Promise<unknown>;
  const found = CheckReport.parse(await step({ target }, LAMBDA_CONTEXT));
  expect(JSON.stringify(found)).not.toContain(JSON.stringify(PASSWORD).slice(1, -1));
  return found;
}
async function check(change: Partial<DatabaseTarget> = {}) {
  return new Map((await report(change)).findings.map((one) => [one.check, one]));
}
const verdicts = (found: Awaited<ReturnType<typeof check>>) =>
  Object.fromEntries([...found].map(([name, { verdict }]) => [name, verdict]));
const fail = (effect: string) =>
  void faults.push(services.machine.faults.add({ call: 'secretsmanager:GetSecretValue', effect }));
const expecting = (change: object) => ({
  tables: [],
  indexes: [],
  criticalTables: [],
  freshness: [],
  assertions: [],
  ...change,
});

describe('check-database', () => {
  it('finds a database that answers, and says what it is', async () => {
    const found = await report();
    expect(found).toMatchObject({ target: 'database/main', verdict: 'pass' });
    expect(found.findings.map(({ check }) => check)).toEqual([
      'secret',
      'connectivity',
      'server version',
      'connections',
    ]);
    expect(found.findings[2]?.observed).toMatch(/^PostgreSQL \d+/);
    expect(found.findings[3]?.observed).toMatch(/^\d+ of \d+ connections are taken/);
  });

  it('holds version and migrations to what is expected', async () => {
    const missing = await check({ migrations: 'alembic', expectations: expecting({ majorVersion: 9 }) });
    expect(missing.get('server version')).toMatchObject({ verdict: 'fail', expected: 'PostgreSQL 9' });
    expect(missing.get('migration head')).toMatchObject({
      verdict: 'fail',
      observed: 'the table of alembic does not exist',
      runbook: 'recover-migration',
    });
    await database.administer(
      'CREATE TABLE alembic_version (version_num text)',
      `INSERT INTO alembic_version VALUES ('a1')`,
      'GRANT SELECT ON alembic_version TO app',
    );
    const heads = (migrationHeads: string[]) =>
      check({ migrations: 'alembic', expectations: expecting({ migrationHeads }) });
    expect((await heads(['a1'])).get('migration head')?.verdict).toBe('pass');
    expect((await heads(['b2'])).get('migration head')).toMatchObject({
      verdict: 'fail',
      observed: 'stands at a1, expected b2',
    });
    await database.administer('REVOKE SELECT ON alembic_version FROM app');
    expect((await heads(['a1'])).get('migration head')).toMatchObject({
      verdict: 'unknown',
      observed: 'SQLSTATE 42501 (a privilege is missing)',
    });
  });

  it('counts connections of others, though it may not look at them', async () => {
    const count = async () => Number((await check()).get('connections')?.observed.split(' ')[0]);
    const before = await count();
    await database.open({}, {});
    await database.open({}, {});
    expect(await count()).toBe(before + 2);
  });

  it.each<[string, () => void, string, string]>([
    ['was deleted', () => fail('error:ResourceNotFoundException'), 'fail', 'does not exist'],
    [
      'may not be read',
      () => fail('error:AccessDeniedException'),
      'unknown',
      'no permission for secretsmanager:GetSecretValue',
    ],
    ['cannot be decrypted', () => fail('error:DecryptionFailure'), 'fail', 'cannot be decrypted'],
    ['was not told just now', () => fail('throttle'), 'unknown', 'AWS did not answer just now'],
  ])('names a secret that %s', async (_, break_, verdict, words) => {
    break_();
    const found = await check();
    expect(found.get('secret')).toMatchObject({ verdict, observed: expect.stringContaining(words) });
    expect(found.get('connectivity')).toMatchObject({
      verdict: 'unknown',
      observed: 'there is no login to connect with',
    });
  });

  it('names a secret that is scheduled for deletion, and one that is gone', async () => {
    const doomed = await secret('doomed', { username: 'app', password: PASSWORD });
    await secrets.send(new DeleteSecretCommand({ SecretId: doomed }));
    expect((await check({ secretArn: doomed })).get('secret')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('is scheduled for deletion: restore it'),
    });
    const gone = await secret('gone', { username: 'app', password: PASSWORD });
    await secrets.send(new DeleteSecretCommand({ SecretId: gone, ForceDeleteWithoutRecovery: true }));
    expect((await check({ secretArn: gone })).get('secret')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('does not exist'),
    });
  });

  it.each([
    ['no JSON', 'hunter2'],
    ['no password', { username: 'app' }],
    ['a password that is no text', { username: 'app', password: 7 }],
  ])('names a secret with %s, and shows nothing of it', async (name, value) => {
    const found = await check({ secretArn: await secret(name.replaceAll(' ', '-'), value) });
    expect(found.get('secret')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('is not a JSON object with username and password'),
    });
    expect(JSON.stringify([...found])).not.toContain('hunter2');
  });

  it('tells a wrong password from a database that is not there', async () => {
    const wrong = await check({ secretArn: await secret('wrong', { username: 'app', password: 'hunter2' }) });
    expect(verdicts(wrong)).toEqual({ secret: 'pass', connectivity: 'fail' });
    expect(wrong.get('connectivity')).toMatchObject({
      observed: expect.stringContaining('refused the user name or password'),
      runbook: 'validate-database',
    });
    const closed = await serveTcp(() => {});
    await closed.close();
    expect((await check({ port: closed.port })).get('connectivity')?.observed).toContain(
      'takes no connection on this port',
    );
  });

  it('tells one that takes connections and never answers', async () => {
    const silent = await serveTcp(() => {});
    try {
      expect((await check({ port: silent.port })).get('connectivity')).toMatchObject({
        verdict: 'fail',
        observed: expect.stringContaining('took the connection and then did not answer within 4000 ms'),
      });
    } finally {
      await silent.close();
    }
  });

  it('tells one that has no connection left', async () => {
    await database.administer('ALTER ROLE app CONNECTION LIMIT 0');
    try {
      const found = await check();
      expect(verdicts(found)).toEqual({ secret: 'pass', connectivity: 'fail', connections: 'fail' });
      expect(found.get('connectivity')?.observed).toContain('has no connection left (53300)');
    } finally {
      await database.administer('ALTER ROLE app CONNECTION LIMIT -1');
    }
  });

  it('tries the logins of the services too, each by itself', async () => {
    const service = await secret('service', { username: 'app', password: PASSWORD });
    const stale = await secret('stale', { username: 'app', password: 'hunter2' });
    const gone = `${service.slice(0, service.indexOf('service-'))}gone-000000`;
    const health = { ...DATABASE_HEALTH_DEFAULTS, loginArns: [service, stale, gone] };
    const named = (arn: string) => `login: ${arn.split(':secret:')[1]?.replace(/-\w{6}$/, '')}`;
    const found = await check({ health });
    expect(verdicts(found)).toMatchObject({
      connectivity: 'pass',
      [named(service)]: 'pass',
      [named(stale)]: 'fail',
      [named(gone)]: 'fail',
    });
    // Rotated: the stale one is up to date again.
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: stale,
        SecretString: JSON.stringify({ username: 'app', password: PASSWORD }),
      }),
    );
    expect(verdicts(await check({ health }))[named(stale)]).toBe('pass');
  });
});
