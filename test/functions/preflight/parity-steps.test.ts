import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as describeEnvironment } from '../../../functions/preflight/describe-environment.ts';
import { handler as judgeParity } from '../../../functions/preflight/judge-parity.ts';
import { Examined } from '../../../functions/preflight/state.ts';
import { Fingerprint, type ParityPolicy } from '../../../schemas/parity.ts';
import { Plan } from '../../../schemas/run.ts';
import { aService } from '../health/service/a-service.ts';
import { aRegion, expectNoneOf, IMAGE, watchLogs } from './a-region.ts';

const KEY = 'b2f6c1d09e7a48358c4f0b6d2a917e35';
const VALUES = [KEY, 'hunter2', 's3cr3t', 'eu-feeds', 'us-feeds'];
const THEIRS = 'their-reports';
const DAY_SECONDS = 86_400;
const POLICY: ParityPolicy = {
  name: 'api',
  with: { staging: { bucket: THEIRS, maxAgeSeconds: DAY_SECONDS } },
  differences: ['environment.FEED'],
};

let region: Awaited<ReturnType<typeof aRegion>>;
let s3: S3Client;
let key: string;
let shortKey: string;
let login: string;

/** Two environments' deployments, of which one region plays both. */
describe('check-parity', { timeout: 30_000 }, () => {
  beforeAll(async () => {
    region = await aRegion(['key', 'login', 'short']);
    s3 = new S3Client({ ...region.client, forcePathStyle: true });
    key = await region.secret('key', KEY);
    shortKey = await region.secret('short', 'hunter2');
    login = await region.secret('login', { username: 's3cr3t', password: 'hunter2' });
    await region.create('AWS::S3::Bucket', { BucketName: THEIRS }, 'Theirs');
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    s3?.destroy();
    await region?.stop();
  });

  const container = (change: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
    name: 'api',
    image: IMAGE,
    environment: [
      { name: 'FEED', value: 'eu-feeds' },
      { name: 'MODE', value: 's3cr3t' },
    ],
    secrets: [{ name: 'PASSWORD', valueFrom: `${login}:password::` }],
    ...change,
  });

  /** Takes the fingerprint of an environment, and compares it where it is production. */
  async function run(
    environment: 'staging' | 'production',
    definition: { cpu?: string; container?: Partial<ContainerDefinition> } = {},
    policy: Partial<ParityPolicy> = { keySecretArn: key },
  ) {
    const { container: change, ...rest } = definition;
    const revision = await region.register({
      cpu: '256',
      memory: '512',
      ...rest,
      containerDefinitions: [container(change)],
    });
    const bucket = environment === 'staging' ? THEIRS : region.bucket;
    vi.stubEnv('NIGHTSHIFT_REPORT_BUCKET', bucket);
    await region.declare({
      parity: { ...POLICY, ...(environment === 'staging' ? { with: {} } : {}), ...policy },
    });
    const logs = watchLogs();
    const { call, audited } = await region.beginRun('check-parity', { revision });
    const target = { ...aService('https://api.example.com'), environment };
    const plan = Plan.parse(await call(describeEnvironment, { target }));
    const found = Examined.parse(await call(judgeParity, { target }));
    const stored = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'parity/api.json' }));
    const text = (await stored.Body?.transformToString()) ?? '';
    expectNoneOf(
      VALUES,
      [JSON.stringify({ plan, found }), logs(), JSON.stringify(await audited()), text].join('\n'),
    );
    const problems = found.report.findings.filter(({ verdict }) => verdict !== 'pass');
    return {
      plan,
      found,
      fingerprint: Fingerprint.parse(JSON.parse(text)),
      problems: Object.fromEntries(problems.map(({ check, verdict }) => [check, verdict])),
      observed: problems.map(({ observed }) => observed).join('; '),
    };
  }

  it('describes itself where nothing is declared to compare with', async () => {
    const { plan, found, fingerprint } = await run('staging');
    expect(found).toMatchObject({ passed: true, checks: [{ name: 'parity' }] });
    expect(plan.summary).toContain('in staging is described, for other environments to compare with');
    expect(fingerprint).toMatchObject({ deployment: 'nightshift', environment: 'staging', service: 'api' });
    expect(fingerprint.facts).toMatchObject({
      cpu: { kind: 'shown', value: '256' },
      'environment.FEED': { kind: 'keyed' },
    });
  });

  it('passes what is the same but for what is declared', async () => {
    await run('staging');
    const { found, problems, plan } = await run('production', {
      container: {
        environment: [
          { name: 'FEED', value: 'us-feeds' },
          { name: 'MODE', value: 's3cr3t' },
        ],
      },
    });
    expect(problems).toEqual({});
    expect(found.checks.at(-1)).toMatchObject({
      measured: expect.stringMatching(/^\d+ are the same, 1 differ as declared$/),
    });
    expect(plan.summary).toContain('is compared with staging');
  });

  it('lists what nobody declared, and what is declared for nothing', async () => {
    await run('staging', {
      cpu: '512',
      container: {
        secrets: [],
        environment: [
          { name: 'MODE', value: 'hunter2' },
          { name: 'FEED', value: 'eu-feeds' },
        ],
      },
    });
    const { problems, found, observed } = await run('production');
    expect(problems).toEqual({
      'staging (cpu)': 'fail',
      'staging (environment.MODE)': 'fail',
      'staging (secret.PASSWORD)': 'fail',
      'staging (environment.FEED)': 'warn',
    });
    expect(observed).toContain('is 256 here, and 512 there');
    expect(observed).toContain('is a value here, and another value there');
    expect(observed).toContain('is the field password of a secret here, and not set there');
    expect(found.passed).toBe(false);
  });

  it('compares names and settings without a key, and knows that it knows no more', async () => {
    await run('staging', {}, {});
    const { problems, plan } = await run(
      'production',
      { cpu: '1024' },
      { differences: ['environment.FEED', 'cpu'] },
    );
    expect(problems).toEqual({ 'staging (environment.MODE)': 'unknown' });
    expect(plan.warnings).toEqual([expect.stringContaining('values are not compared')]);
  });

  it('does not compare values that were hashed with another key', async () => {
    const other = await region.secret('key-of-staging', KEY.replace('b', 'c'));
    await run('staging', {}, { keySecretArn: other });
    const { observed } = await run('production');
    expect(observed).toBe('the environments have different keys, so that values cannot be compared');
  });

  it.each([
    ['is not there', undefined, 'there is no bucket'],
    ['is not JSON', 'hunter2', 'is not JSON'],
    ['is of another version', '{"format":2}', 'is not a fingerprint that this version reads'],
    ['is an old one', 'old', 'h old, and may be 24 h'],
    ['is one of the future', 'new', 'in the future: a clock is wrong'],
  ])('does not know what it has not seen: a fingerprint that %s', async (_, text, words) => {
    const { fingerprint } = await run('staging');
    const bucket = text === undefined ? 'nobodys-reports' : THEIRS;
    const days = text === 'new' ? 2 : -2;
    const at = new Date(Date.now() + days * DAY_SECONDS * 1000).toISOString();
    if (text !== undefined)
      await s3.send(
        new PutObjectCommand({
          Bucket: THEIRS,
          Key: 'parity/api.json',
          Body: text === 'old' || text === 'new' ? JSON.stringify({ ...fingerprint, at }) : text,
        }),
      );
    const { problems, observed } = await run(
      'production',
      {},
      {
        keySecretArn: key,
        with: { staging: { bucket, maxAgeSeconds: DAY_SECONDS } },
      },
    );
    expect(problems).toEqual({ staging: 'unknown' });
    expect(observed).toContain(words);
  });

  it('takes no key that can be guessed', async () => {
    await expect(run('production', {}, { keySecretArn: shortKey })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('has fewer than 32 characters'),
    });
  });
});
