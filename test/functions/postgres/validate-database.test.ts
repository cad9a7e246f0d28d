import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseAuthorities } from '../../../functions/postgres/authorities.ts';
import type { Manifest } from '../../../functions/postgres/manifest/manifest.ts';
import { manifestKey, storeManifest } from '../../../functions/postgres/manifest/store.ts';
import { takeManifest } from '../../../functions/postgres/manifest/take-manifest.ts';
import { openSession } from '../../../functions/postgres/session.ts';
import { handler } from '../../../functions/postgres/validate-database.ts';
import { describeInstance } from '../../../functions/rds/describe-instance.ts';
import type { Machine, Service } from '../../../sandbox/contract.ts';
import { createDynamoDbService } from '../../../sandbox/services/dynamodb/dynamodb-service.ts';
import { createRdsService } from '../../../sandbox/services/rds/rds-service.ts';
import { createS3Service } from '../../../sandbox/services/s3/s3-service.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import type { Evidence, RunRequest } from '../../../schemas/run.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { createTable, LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';

// NODE_EXTRA_CA_CERTS, by which functions know the sandbox's authority, is read when a process starts.
vi.mock('../../../functions/postgres/authorities.ts', () => ({ databaseAuthorities: vi.fn() }));

const LOGIN = { user: 'master', password: `correct "horse' \\ %41` };
const TABLES = [
  'CREATE TABLE orders (id int PRIMARY KEY, note text)',
  `INSERT INTO orders SELECT i, 'note ' || i FROM generate_series(1, 500) i`,
  'CREATE TABLE "Old ""Orders""" (id int PRIMARY KEY)',
  'INSERT INTO "Old ""Orders""" VALUES (1)',
  'CREATE TABLE items (id uuid PRIMARY KEY)',
  'INSERT INTO items SELECT gen_random_uuid() FROM generate_series(1, 20)',
  'CREATE TABLE calm (id int PRIMARY KEY)',
  'INSERT INTO calm VALUES (1)',
];

/** RDS tells of itself in events, which nobody listens to here. */
function withoutEvents(machine: Machine): Service {
  machine.engines.putEvent = () => {};
  return { name: 'bus', apis: [], providers: [], close() {} };
}

let services: Awaited<ReturnType<typeof startServices>>;
let place: { host: string; port: number };
let secretArn: string;
let runs = 0;

/** One database: each test goes on where the last one ended. */
describe('validate-database', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    services = await startServices(
      [withoutEvents, createDynamoDbService, createS3Service, createSecretsManagerService, createRdsService],
      { speed: 300 },
    );
    const authority = await readFile(services.machine.certificateAuthority.file, 'utf8');
    vi.mocked(databaseAuthorities).mockReturnValue([authority]);
    pointFunctionsAt(services);
    await createTable(services, 'NIGHTSHIFT_RUN_TABLE', ['id', 'sort']);
    vi.stubEnv('NIGHTSHIFT_REPORT_BUCKET', (await services.create('AWS::S3::Bucket', {})).ref);
    await services.create('AWS::RDS::DBInstance', {
      DBInstanceIdentifier: 'restored',
      Engine: 'postgres',
      EngineVersion: '17.5',
      DBInstanceClass: 'db.t4g.micro',
      AllocatedStorage: '20',
      MasterUsername: LOGIN.user,
      MasterUserPassword: LOGIN.password,
      DBName: 'shop',
    });
    const { Endpoint } = (await describeInstance('restored')) ?? {};
    place = { host: Endpoint?.Address as string, port: Endpoint?.Port as number };
    const secret = await services.create('AWS::SecretsManager::Secret', {
      SecretString: JSON.stringify({
        username: LOGIN.user,
        password: LOGIN.password,
        host: 'evil.example.com',
      }),
    });
    secretArn = secret.ref;
    await sql(...TABLES);
  }, 60_000);
  afterAll(async () => {
    await services?.close();
    vi.unstubAllEnvs();
  });

  async function sql(...statements: string[]): Promise<void> {
    const client = new pg.Client({
      ...place,
      ...LOGIN,
      database: 'shop',
      ssl: { rejectUnauthorized: false },
    });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }
  const take = () =>
    takeManifest(() => openSession({ ...place, ...LOGIN, database: 'shop' }), {
      migrationHead: { known: false, why: 'not read' },
      critical: ['public.orders'],
    });
  const store = (snapshot: string, manifest: Manifest) =>
    storeManifest(manifestKey('main', snapshot), {
      snapshotArn: `arn:aws:rds:us-east-1:123456789012:snapshot:${snapshot}`,
      snapshot,
      database: 'main',
      takenAt: manifest.takenAt,
      manifest,
    });
  async function validate(request?: RunRequest, target: object = place): Promise<Evidence> {
    const id = `run-${++runs}`;
    const event = {
      run: {
        id,
        arn: `arn:${id}`,
        runbook: 'validate-database',
        startedAt: new Date().toISOString(),
        dryRun: false,
        trigger: { kind: 'person' },
        ...(request === undefined ? {} : { request }),
      },
      target: {
        kind: 'database',
        name: 'main',
        instance: 'main',
        database: 'shop',
        secretArn,
        migrations: 'none',
        ...target,
      },
    };
    const step = handler as (event: unknown, context: never) => Promise<unknown>;
    return (await step(event, LAMBDA_CONTEXT)) as Evidence;
  }
  const names = ({ checks }: Evidence) => checks.map(({ name }) => name);
  const measured = ({ checks }: Evidence, name: string) =>
    checks.find((check) => check.name === name)?.measured;

  it('compares with no manifest unless asked', async () => {
    for (const request of [undefined, { manifest: 'none' }]) {
      const evidence = await validate(request);
      expect(evidence.passed).toBe(true);
      expect(names(evidence)).not.toContain('rows');
    }
  });

  it('says so where there is no manifest, beside all the rest', async () => {
    const evidence = await validate({ manifest: 'newest' });
    expect(evidence.passed).toBe(false);
    expect(names(evidence)).toContain('connectivity');
    expect(measured(evidence, 'rows')).toBe(
      'NOT CHECKED: there is no manifest of main yet: snapshot-database takes one',
    );
    expect(measured(await validate({ manifest: 'no-such' }), 'rows')).toContain(
      'NOT CHECKED: there is no manifest of the snapshot no-such of main',
    );
  });

  it('finds all as it was, and rows that are newer than an older manifest', async () => {
    await store('before', await take());
    const same = await validate({ manifest: 'before' });
    expect(same.passed).toBe(true);
    expect(measured(same, 'rows')).toMatch(
      /^4 of 4 tables are as in the manifest or newer.*\(manifest of before, /,
    );
    await sql('INSERT INTO orders VALUES (501), (502)', `UPDATE orders SET note = 'new' WHERE id = 7`);
    const newer = await validate({ manifest: 'newest' });
    expect(newer.passed).toBe(true);
    expect(measured(newer, 'rows')).toContain('3 rows were written since');
  });

  it('asks RDS where an instance is, and takes neither host nor port from anywhere else', async () => {
    const nowhere = { host: 'localhost', port: 1 };
    const evidence = await validate({ instance: 'restored', manifest: 'before' }, nowhere);
    expect(evidence.passed).toBe(true);
    await expect(validate({ instance: 'restord' }, nowhere)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining(
        'There is no RDS instance "restord" in this account and region. Nothing was changed.',
      ),
    });
    await expect(validate({}, nowhere)).rejects.toMatchObject({ name: 'Transient' });
  });

  it.each<[string, string, (manifest: Manifest) => Manifest, RegExp]>([
    [
      'of another major version',
      'other-version',
      (one) => ({ ...one, server: { ...one.server, versionNumber: 150_003 } }),
      /^NOT CHECKED: The manifest was taken on PostgreSQL 15 and this server is PostgreSQL \d+/,
    ],
    [
      'that is newer than what is there',
      'later',
      (one) => ({ ...one, snapshot: '900000:900000:' }),
      /^NOT CHECKED: This server stands at a point before the manifest was taken/,
    ],
    [
      'of another server',
      'elsewhere',
      (one) => ({ ...one, server: { ...one.server, systemIdentifier: '1' } }),
      /^NOT CHECKED: This server is not a physical copy/,
    ],
    [
      'of a format of tomorrow',
      'tomorrow',
      (one) => ({ ...one, format: 2 }) as never,
      /^NOT CHECKED: The manifest s3:.*tomorrow.json cannot be used: its format is 2/,
    ],
  ])('does not compare with a manifest %s', async (_, snapshot, change, why) => {
    await store(snapshot, change(await take()));
    const evidence = await validate({ manifest: snapshot });
    expect(evidence.passed).toBe(false);
    expect(measured(evidence, 'rows')).toMatch(why);
    expect(names(evidence)).toContain('connectivity');
  });

  it('names the table with one changed row, the dropped one and the truncated one', async () => {
    const before = await take();
    await sql(
      `UPDATE orders SET note = 'another' WHERE id = 42`,
      'DROP TABLE "Old ""Orders"""',
      'TRUNCATE items',
      'CREATE ROLE newcomer',
    );
    // As if all of it had been there when the manifest was taken: no transaction since then has changed that row.
    await store('good', { ...before, snapshot: (await take()).snapshot });
    const evidence = await validate({ manifest: 'good', instance: 'restored' });
    expect(evidence.passed).toBe(false);
    expect(evidence.checks.filter(({ passed }) => !passed)).toMatchObject([
      { name: 'rows of public."Old ""Orders"""', measured: 'dropped' },
      { name: 'rows of public.items', measured: 'truncated: none of 20 rows is left' },
      {
        name: 'rows of public.orders',
        measured: expect.stringMatching(
          /^missing or different: 1 at least, in bucket \d+ \(different: (\d+) of \1 rows\)$/,
        ),
      },
      { name: 'rows', measured: expect.stringMatching(/^1 of 4 tables are as in the manifest or newer/) },
    ]);
    expect(measured(evidence, 'around the tables')).toContain('role "newcomer" is new');
    expect(JSON.stringify(evidence)).not.toContain('note ');
  });
});
