import { beforeEach, expect, it, vi } from 'vitest';
import { PreconditionFailed } from '../../../../functions/errors.ts';
import { readLogin } from '../../../../functions/postgres/login.ts';
import { handler } from '../../../../functions/postgres/read-migration-head.ts';
import { aDatabase, PASSWORD } from './a-database.ts';

const outside = vi.hoisted(() => ({ secret: '', authorities: [] as string[], audited: [] as string[] }));
vi.mock('../../../../functions/clients.ts', async (original) => ({
  ...(await original<object>()),
  client: () => () => ({ send: async () => ({ SecretString: outside.secret }) }),
}));
vi.mock('../../../../functions/postgres/authorities.ts', () => ({
  databaseAuthorities: () => outside.authorities,
}));
vi.mock('../../../../functions/run/audit-log.ts', () => ({
  audit: async (_run: string, _tools: unknown, _kind: string, summary: string) => {
    outside.audited.push(summary);
  },
}));

const database = aDatabase();
const context = { awsRequestId: 'r', functionName: 'f', getRemainingTimeInMillis: () => 20_000 } as never;

beforeEach(() => {
  outside.secret = JSON.stringify({ username: 'app', password: PASSWORD, host: 'elsewhere' });
  outside.authorities = [database.authority];
  outside.audited = [];
});

/** Runs the step for a service with our database. */
function read(): Promise<unknown> {
  const { host, port } = database.login;
  const target = {
    kind: 'service',
    name: 'api',
    environment: 'test',
    cluster: 'c',
    service: 's',
    baseUrl: 'http://localhost',
    livenessPath: '/',
    readinessPath: '/',
    latencyLimitMilliseconds: 1,
    errorRatioLimitPercent: 1,
    minimumRequests: 1,
    bakeSeconds: 1,
    observeSeconds: 1,
    steadyTimeoutSeconds: 1,
    alarms: [],
    database: {
      kind: 'database',
      name: 'orders',
      instance: 'orders',
      host,
      port,
      database: 'shop',
      secretArn: 'arn:secret',
      migrations: 'alembic',
    },
  };
  const run = {
    id: 'run-1',
    arn: 'arn:run',
    runbook: 'roll-back-service',
    startedAt: '2026-01-01T00:00:00Z',
    dryRun: false,
    trigger: { kind: 'person' },
  };
  return handler({ run, target }, context);
}

it('reads the heads with the login of the secret', async () => {
  await database.administer(
    'CREATE TABLE alembic_version (version_num text)',
    `INSERT INTO alembic_version VALUES ('b2'), ('a1')`,
    'GRANT SELECT ON alembic_version TO app',
  );
  expect(await read()).toEqual({ known: true, heads: ['a1', 'b2'] });
  expect(outside.audited).toEqual(['The database orders stands at migration a1, b2.']);
});

it('answers why when there is no table', async () => {
  await database.administer('DROP TABLE IF EXISTS alembic_version');
  expect(await read()).toEqual({ known: false, why: '42P01: relation "alembic_version" does not exist' });
});

it('answers why when the database is not the one that it should be', async () => {
  outside.authorities = [];
  expect(await read()).toEqual({
    known: false,
    why: expect.stringMatching(
      /shows a certificate that no authority of RDS has signed.*No statement was sent$/,
    ),
  });
  expect(outside.audited[0]).toMatch(/could not be read: .*[^.]\.$/);
});

it.each(['', 'no JSON: hunter2', '{"username":"app"}', '{"username":"app","password":""}', 'null'])(
  'answers why when the secret is %j',
  async (secret) => {
    outside.secret = secret;
    const answer = await read();
    expect(answer).toEqual({ known: false, why: expect.stringContaining('username and password') });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  },
);

it('goes where the target says, not where the secret does', async () => {
  const { host, port } = database.login;
  const target = { host, port, database: 'shop', secretArn: 'arn:secret' };
  expect(await readLogin(target)).toEqual({ host, port, database: 'shop', user: 'app', password: PASSWORD });
  outside.secret = '';
  await expect(readLogin(target)).rejects.toThrow(PreconditionFailed);
});
