import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { BatchDeleteImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DeregisterTaskDefinitionCommand, type KeyValuePair, type Secret } from '@aws-sdk/client-ecs';
import {
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseAuthorities } from '../../../functions/postgres/authorities.ts';
import { handler as checkReach } from '../../../functions/preflight/check-reach.ts';
import { handler as checkRelease } from '../../../functions/preflight/check-release.ts';
import { handler as inspectRelease } from '../../../functions/preflight/inspect-release.ts';
import { handler as judgePreflight } from '../../../functions/preflight/judge-preflight.ts';
import { handler as planPreflight } from '../../../functions/preflight/plan-preflight.ts';
import { Examined, Release } from '../../../functions/preflight/state.ts';
import { SUPPORTED_MIGRATIONS_TAG } from '../../../schemas/names.ts';
import { packRules } from '../../../schemas/preflight/packed-rules.ts';
import type { PreflightRules } from '../../../schemas/preflight/rules.ts';
import { Plan, type RunRequest } from '../../../schemas/run.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { serveTcp, serveTls } from '../../support/http-server.ts';
import { aService } from '../health/service/a-service.ts';
import { aDatabase, PASSWORD } from '../postgres/validate/a-database.ts';
import { aRegion, expectNoneOf, IMAGE, watchLogs } from './a-region.ts';

// NODE_EXTRA_CA_CERTS, by which functions know the sandbox's authority, is read when a process starts.
vi.mock('../../../functions/postgres/authorities.ts', () => ({ databaseAuthorities: vi.fn() }));

const TOKEN = 'tok-3f9a51c0d7';
const FEED = 'https://feeder:s3cr3t-Feed=x@feeds.example.com/a?b="c"';
const ODD = `one=two "three" 'four'\nfive\\`;
/** What must be nowhere. */
const VALUES = [PASSWORD, TOKEN, FEED, ODD, 'hunter2', 's3cr3t', 'changeme-please'];
const RULES: PreflightRules = {
  require: ['PORT', { any: ['FEED_URL', { all: ['FEED_HOST', 'FEED_KEY'] }] }],
  conditional: [{ when: { variable: 'USE_MAIL', is: true }, require: ['MAIL_HOST'] }],
  formats: { PORT: { kind: 'integer', min: 1, max: 65_535 }, FEED_URL: { kind: 'url', schemes: ['https'] } },
  forbidden: { values: ['changeme-please'], hosts: [], localHosts: true, except: [] },
  secrets: { database: ['username', 'password'] },
};

const database = aDatabase();
let region: Awaited<ReturnType<typeof aRegion>>;
let secrets: SecretsManagerClient;
let login: string;
let token: string;
let stranger: string;

beforeAll(async () => {
  region = await aRegion(['login', 'token', 'doomed', 'shape', 'key', 'wrong', 'url']);
  secrets = new SecretsManagerClient(region.client);
  vi.mocked(databaseAuthorities).mockReturnValue([database.authority]);
  login = await region.secret('login', { username: 'app', password: PASSWORD, port: 5432 });
  token = await region.secret('token', TOKEN);
  stranger = await region.secret('stranger', 'hunter2');
  await region.parameter('/shop/mail', 's3cr3t');
  await region.parameter('/hidden/mail', 's3cr3t');
  await database.administer(
    'CREATE TABLE alembic_version (version_num text)',
    `INSERT INTO alembic_version VALUES ('a1')`,
    'GRANT SELECT ON alembic_version TO app',
  );
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  secrets?.destroy();
  await region?.stop();
});

interface Change {
  readonly environment?: KeyValuePair[];
  readonly secrets?: Secret[];
  readonly image?: string;
  readonly migrations?: string;
}
const GOOD = {
  environment: [
    { name: 'PORT', value: '8080' },
    { name: 'FEED_URL', value: FEED },
    { name: 'ODD', value: ODD },
  ],
  secrets: () => [
    { name: 'DATABASE_USER', valueFrom: `${login}:username::` },
    { name: 'DATABASE_PASSWORD', valueFrom: `${login}:password:AWSCURRENT:` },
    { name: 'TOKEN', valueFrom: token },
    { name: 'MAIL_PASSWORD', valueFrom: '/shop/mail' },
  ],
};
const register = ({
  environment = GOOD.environment,
  image = IMAGE,
  migrations = 'a1 b2',
  ...change
}: Change = {}) =>
  region.register({
    containerDefinitions: [
      { name: 'api', image, environment, secrets: change.secrets ?? samePair() },
      { name: 'proxy', image: 'envoyproxy/envoy:v1.31', essential: false },
    ],
    tags: migrations === '' ? [] : [{ key: SUPPORTED_MIGRATIONS_TAG, value: migrations }],
  });
/** Both from one version. */
const samePair = () =>
  GOOD.secrets().map((secret) => ({ ...secret, valueFrom: secret.valueFrom.replace(':AWSCURRENT:', '::') }));
const target = (change: Partial<NonNullable<ServiceTarget['database']>> | null = {}): ServiceTarget => {
  const { host, port } = database.login;
  const main = { kind: 'database' as const, name: 'main', instance: 'main', host, port, database: 'shop' };
  return {
    ...aService('https://api.example.com'),
    ...(change === null ? {} : { database: { ...main, secretArn: login, migrations: 'alembic', ...change } }),
  };
};

/** Runs all steps, and looks for values in everything that they leave behind. */
async function preflight(
  request?: RunRequest,
  of: ServiceTarget = target(),
  rules: PreflightRules | null = RULES,
) {
  await region.declare({
    rules: rules === null ? null : packRules(rules),
    secretArns: { database: login },
  });
  const logs = watchLogs();
  const { call, audited } = await region.beginRun('preflight', request);
  let failure: Error | undefined;
  const state: Record<string, unknown> = { target: of };
  const checks = new Map<string, { verdict: string; observed: string }>();
  try {
    const release = await call<Release>(inspectRelease, state);
    Object.assign(state, { release: Release.parse(release) });
    Object.assign(state, { plan: Plan.parse(await call(planPreflight, state)) });
    const examinedRelease = Examined.parse(await call(checkRelease, state));
    const examinedReach = Examined.parse(await call(checkReach, state));
    Object.assign(state, { examinedRelease, examinedReach });
    for (const { check, verdict, observed } of [
      ...examinedRelease.report.findings,
      ...examinedReach.report.findings,
    ])
      checks.set(check, { verdict, observed });
    Object.assign(state, { verdict: await call(judgePreflight, state) });
  } catch (error) {
    failure = error as Error;
  }
  const left = [
    JSON.stringify(state),
    logs(),
    failure?.message,
    failure?.stack,
    JSON.stringify(await audited()),
  ];
  expectNoneOf(VALUES, left.join('\n'));
  return { state, checks, failure, problems: problemsIn(checks), logged: logs() };
}
/** What answers every line with one of its own, with a certificate that is known here. */
async function aCache(answer: string) {
  const { certificateAuthority } = region.machine;
  setDefaultCACertificates([...getCACertificates(), await readFile(certificateAuthority.file, 'utf8')]);
  return serveTls(
    (socket) => void socket.on('data', () => socket.write(`${answer}\r\n`)),
    await certificateAuthority.issue(['127.0.0.1']),
  );
}
const problemsIn = (checks: ReadonlyMap<string, { verdict: string }>) =>
  Object.fromEntries(
    [...checks].filter(([, { verdict }]) => verdict !== 'pass').map(([name, { verdict }]) => [name, verdict]),
  );
const PROXY = { 'image of proxy': 'warn' };
/** As people know it: without the random end of its ARN. */
const labelOf = (arn: string, version = '') =>
  `secret (${arn.split(':secret:')[1]?.replace(/-[^-]{6}$/, '')}${version})`;
const DATABASE_SECRET = () => labelOf(login);

describe('preflight', { timeout: 30_000 }, () => {
  it('lets a release pass of which everything is right, and shows nothing of it', async () => {
    const taskDefinition = await register();
    const { state, problems, checks, failure } = await preflight();
    expect(failure).toBeUndefined();
    expect(problems).toEqual(PROXY);
    expect(state.release).toMatchObject({
      taskDefinition,
      container: 'api',
      status: 'ACTIVE',
      supportedMigrations: ['a1', 'b2'],
      containers: [{ environment: ['PORT', 'FEED_URL', 'ODD'] }, { name: 'proxy', essential: false }],
    });
    expect(state.verdict).toMatchObject({ warnings: 1 });
    expect(checks.get('login to main')?.observed).toBe('lets its user in, and answers');
    expect(checks.get('migrations of main')?.observed).toBe('stands at a1');
  });

  it('names all problems at once, and refuses', async () => {
    const doomed = await region.secret('doomed', { token: TOKEN });
    await secrets.send(new DeleteSecretCommand({ SecretId: doomed }));
    const gone = `${token.slice(0, token.indexOf('token-'))}key-000000`;
    const shape = await region.secret('shape', 'hunter2');
    const taskDefinition = await register({
      environment: [
        { name: 'PORT', value: '80800' },
        { name: 'USE_MAIL', value: 'true' },
        { name: 'FEED_HOST', value: 'localhost' },
        { name: 'PLACEHOLDER', value: 'changeme-please' },
        { name: 'SHELL', value: '${HOME}/hunter2' },
        { name: 'MARKED', value: '\uFEFFhunter2' },
        { name: 'LINE', value: 'hunter2\r\n' },
      ],
      secrets: [
        { name: 'DOOMED', valueFrom: `${doomed}:token::` },
        { name: 'GONE', valueFrom: gone },
        { name: 'SHAPE', valueFrom: `${shape}:password::` },
        { name: 'FIELD', valueFrom: `${login}:passwd::` },
        { name: 'VERSION', valueFrom: `${login}:password:AWSPENDING:` },
        { name: 'STRANGER', valueFrom: stranger },
        { name: 'HIDDEN', valueFrom: '/hidden/mail' },
        { name: 'LOST', valueFrom: '/shop/lost' },
        { name: 'NONE', valueFrom: `${token}:hunter2` },
      ],
      image: IMAGE.replace(':42', ':43'),
      migrations: 'c3',
    });
    const { problems, failure, checks, state } = await preflight({ revision: taskDefinition });
    const name = labelOf;
    expect(problems).toEqual({
      ...PROXY,
      'image of api': 'fail',
      [name(doomed)]: 'fail',
      [name(gone)]: 'fail',
      [name(shape)]: 'fail',
      [DATABASE_SECRET()]: 'fail',
      [labelOf(login, ', AWSPENDING')]: 'fail',
      [name(stranger)]: 'unknown',
      'parameter (/hidden/mail)': 'unknown',
      'parameter (/shop/lost)': 'fail',
      'reference of NONE': 'fail',
      'require[1] (FEED_URL, FEED_KEY)': 'fail',
      'conditional[0].require[0] (MAIL_HOST)': 'fail',
      'formats (PORT)': 'fail',
      'forbidden.hosts (FEED_HOST)': 'fail',
      'forbidden.values (PLACEHOLDER)': 'fail',
      'forbidden.values (SHELL)': 'warn',
      'value (MARKED)': 'warn',
      'value (LINE)': 'warn',
      'login to main': 'unknown',
      'migrations of main': 'fail',
    });
    expect(checks.get(name(doomed))?.observed).toContain('is scheduled for deletion');
    expect(checks.get(name(gone))?.observed).toContain('does not exist');
    expect(checks.get(name(shape))?.observed).toBe('is not JSON');
    expect(checks.get(DATABASE_SECRET())?.observed).toBe('has no field passwd');
    expect(checks.get(labelOf(login, ', AWSPENDING'))?.observed).toBe('has no such version');
    expect(checks.get(name(stranger))?.observed).toContain('this function may not read it');
    // Somebody may have put a value there.
    expect(JSON.stringify(state.release)).toContain('(not a reference)');
    expect(failure?.name).toBe('Refused');
    expect(failure?.message).toMatch(/^api:\d+ must not be released to api: .*Nothing was changed\./);
  });

  it('calls a person where it may not look', async () => {
    await register({ secrets: [...samePair(), { name: 'STRANGER', valueFrom: stranger }] });
    const { failure, state } = await preflight();
    expect(failure).toMatchObject({ name: 'NeedsHuman' });
    expect(state.examinedRelease).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({
          name: labelOf(stranger),
          verdict: 'unknown',
          next: expect.stringMatching(/^Is its name right\? If it is, declare it under secrets/),
        }),
      ]),
    });
  });

  it('names a revision that is not active, and one that is not there', async () => {
    const taskDefinition = await register();
    await region.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    const inactive = await preflight({ revision: taskDefinition });
    expect(inactive.problems).toEqual({ ...PROXY, revision: 'fail' });
    expect(inactive.failure?.message).toContain('is INACTIVE: it has been deregistered');
    const next = await register();
    const unknown = await preflight({ revision: 'api:4711' });
    expect(unknown.failure).toMatchObject({ name: 'InvalidInput' });
    expect(unknown.logged).toContain('There is no task definition');
    expect(unknown.failure?.message).toContain(
      `There is no task definition api:4711. The newest active one of api is ${next.split('/').at(-1)}.`,
    );
  });

  it('takes the newest active revision where none was asked for', async () => {
    const good = await register();
    const withdrawn = await register();
    await region.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: withdrawn }));
    expect((await preflight()).state.release).toMatchObject({ taskDefinition: good });
  });

  it('looks afresh: an image that was deleted after it was registered', async () => {
    const image = IMAGE.replace(':42', ':44');
    region.machine.images.set(image, { digest: 'sha256:44', command: ['node'] });
    await register({ image });
    expect((await preflight()).problems).toEqual(PROXY);
    const ecr = new ECRClient(region.client);
    await ecr.send(
      new BatchDeleteImageCommand({ repositoryName: 'shop/api', imageIds: [{ imageTag: '44' }] }),
    );
    ecr.destroy();
    expect((await preflight()).problems).toEqual({ ...PROXY, 'image of api': 'fail' });
  });

  it('names the fields that a declared secret lacks', async () => {
    await register();
    const { checks, failure } = await preflight(undefined, target(), {
      ...RULES,
      secrets: { database: ['username', 'replica'] },
    });
    expect(checks.get('declared secret (database)')).toMatchObject({
      verdict: 'fail',
      observed: 'has no replica',
    });
    expect(failure?.name).toBe('Refused');
  });

  it('reads two hundred rules from a parameter, in which they are packed', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `SETTING_${index}`);
    await register({ environment: names.slice(1).map((name) => ({ name, value: 'hunter2' })) });
    const { problems } = await preflight(undefined, target(null), {
      ...RULES,
      require: names,
      conditional: [],
      formats: Object.fromEntries(names.map((name) => [name, { kind: 'pattern', pattern: '[a-z]+\\d' }])),
    });
    expect(problems).toEqual({ ...PROXY, 'require[0] (SETTING_0)': 'fail' });
  });

  it('warns where no rules are declared, and checks the rest', async () => {
    await register({ image: 'envoyproxy/envoy:v1.31', migrations: '' });
    const { problems, failure } = await preflight(undefined, target(), null);
    expect(problems).toEqual({
      ...PROXY,
      'image of api': 'warn',
      environment: 'warn',
      'migrations of main': 'warn',
    });
    expect(failure).toBeUndefined();
  });

  it('fails at a parameter that is gone', async () => {
    await register();
    const { call } = await region.beginRun('preflight');
    vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', 'other');
    await expect(call(inspectRelease, { target: target() })).rejects.toMatchObject({ name: 'NeedsHuman' });
    vi.stubEnv('NIGHTSHIFT_DEPLOYMENT', 'nightshift');
  });
});

describe('check-reach', { timeout: 30_000 }, () => {
  it('reaches for nothing where nothing is declared', async () => {
    await register();
    const { checks, failure } = await preflight(undefined, target(null));
    expect(checks.get('reach')).toMatchObject({ verdict: 'pass' });
    expect(failure).toBeUndefined();
  });

  it("tries the release's own login, not Nightshift's", async () => {
    const wrong = await region.secret('wrong', { username: 'app', password: 'hunter2' });
    const pair = ['username', 'password'].map((field) => ({
      name: `DB_${field}`,
      valueFrom: `${wrong}:${field}::`,
    }));
    await register({ secrets: pair });
    const refused = await preflight();
    expect(refused.problems).toEqual({ ...PROXY, 'login to main': 'fail' });
    expect(refused.checks.get('login to main')?.observed).toContain('refused the user name or password');
    // It was rotated.
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: wrong,
        SecretString: JSON.stringify({ username: 'app', password: PASSWORD }),
      }),
    );
    expect((await preflight()).problems).toEqual(PROXY);
  });

  it('tries a login in a URL at the declared host alone', async () => {
    const { port } = database.login;
    const url = (host: string, password: string) =>
      `postgres://app:${encodeURIComponent(password)}@${host}:${port}/shop`;
    const secret = await region.secret('url', url(database.login.host, PASSWORD));
    const put = (SecretString: string) =>
      secrets.send(new PutSecretValueCommand({ SecretId: secret, SecretString }));
    await register({ secrets: [{ name: 'DATABASE_URL', valueFrom: secret }] });
    const rules = { ...RULES, forbidden: { ...RULES.forbidden, localHosts: false } };
    expect((await preflight(undefined, target(), rules)).problems).toEqual(PROXY);
    // Nobody may send us there.
    const elsewhere = await serveTcp(() => expect.fail('it was connected to'));
    await put(`postgres://app:${encodeURIComponent(PASSWORD)}@127.0.0.1:${elsewhere.port}/shop`);
    expect((await preflight(undefined, target(), rules)).problems).toEqual({
      ...PROXY,
      'host in DATABASE_URL': 'warn',
    });
    await elsewhere.close();
    await put(url(database.login.host, 'hunter2'));
    expect((await preflight(undefined, target(), rules)).problems).toEqual({
      ...PROXY,
      'login to main (DATABASE_URL)': 'fail',
    });
    await put('hunter2');
    expect((await preflight(undefined, target(), rules)).problems).toEqual({
      ...PROXY,
      'login to main (DATABASE_URL)': 'unknown',
    });
  });

  it('reads a user name that stands in the task definition itself, where it is declared', async () => {
    await register({
      environment: [...GOOD.environment, { name: 'WHO', value: 'app' }],
      secrets: [{ name: 'PASS', valueFrom: `${login}:password::` }],
    });
    await region.declare({ rules: null, login: { user: 'WHO', password: 'PASS' } });
    const { call } = await region.beginRun('preflight');
    const release = await call(inspectRelease, { target: target() });
    const { verdict } = await call<Examined>(checkReach, { target: target(), release });
    expect(verdict).toBe('pass');
  });

  it('greets the caches that the service is declared to use, each by itself', async () => {
    const [there, loading, silent] = await Promise.all([
      aCache('-NOAUTH Authentication required.'),
      aCache('-LOADING Redis is loading the dataset in memory'),
      serveTcp((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ]);
    const closed = await serveTcp(() => {});
    await closed.close();
    await register();
    const cache = (name: string, { port }: { port: number }) => ({ name, host: '127.0.0.1', port });
    const of = { ...target(null), caches: [cache('sessions', there)] };
    const good = await preflight(undefined, of);
    expect(good.checks.get('cache sessions')).toMatchObject({
      verdict: 'pass',
      observed: 'is there, and asks for a token',
    });
    expect(good.failure).toBeUndefined();
    const bad = await preflight(undefined, {
      ...of,
      caches: [...of.caches, cache('loading', loading), cache('plain', silent), cache('closed', closed)],
    });
    await Promise.all([there, loading, silent].map((server) => server.close()));
    expect(bad.problems).toEqual({
      ...PROXY,
      'cache loading': 'fail',
      'cache plain': 'fail',
      'cache closed': 'fail',
    });
    expect(bad.checks.get('cache loading')?.observed).toContain('is loading its data');
    expect(bad.checks.get('cache plain')?.observed).toContain('does not speak TLS');
    expect(bad.checks.get('cache closed')?.observed).toContain('takes no connection on this port');
    expect(bad.failure?.name).toBe('Refused');
  });

  it('tells a database that takes connections and never answers', async () => {
    const silent = await serveTcp(() => {});
    await register();
    const { checks, failure } = await preflight(undefined, target({ port: silent.port }));
    await silent.close();
    expect(checks.get('login to main')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('took the connection and then did not answer within 4000 ms'),
    });
    // What it supports is declared, and where the database stands cannot be read.
    expect(checks.get('migrations of main')?.verdict).toBe('unknown');
    expect(failure?.name).toBe('Refused');
  });
});
