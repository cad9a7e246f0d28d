import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { handler } from '../../../functions/health/check-cache.ts';
import { type RedisServer, startRedis } from '../../../sandbox/redis/server.ts';
import { createSecretsManagerService } from '../../../sandbox/services/secrets-manager/secrets-manager-service.ts';
import { CACHE_HEALTH_DEFAULTS } from '../../../schemas/health/cache-health.ts';
import { CheckReport } from '../../../schemas/health.ts';
import type { CacheTarget } from '../../../schemas/target.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { serveTcp } from '../../support/http-server.ts';
import { LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';
import { describeWithRedis } from '../../support/redis.ts';

const TOKEN = 'the-TOKEN-of-it!&#$^<>-';
const OTHER = 'another-TOKEN-entirely';
/** Without the time to warm: the server of a test has just begun. */
const WARM = { ...CACHE_HEALTH_DEFAULTS, warmingSeconds: 0 };
/** A server that is empty uses less. */
const ROOM_BYTES = 8 * 1_048_576;

describeWithRedis('check-cache', () => {
  const trusted = getCACertificates('default');
  const faults: Array<() => void> = [];
  let services: Awaited<ReturnType<typeof startServices>>;
  let server: RedisServer;
  let administrator: Redis;
  let secretArn: string;

  beforeAll(async () => {
    services = await startServices([createSecretsManagerService]);
    pointFunctionsAt(services);
    const { certificateAuthority, directory } = services.machine;
    const authority = await readFile(certificateAuthority.file, 'utf8');
    // NODE_EXTRA_CA_CERTS, by which functions know the sandbox's authority, is read when a process starts.
    setDefaultCACertificates([...trusted, authority]);
    server = await startRedis(services.machine, 'sessions', [TOKEN]);
    const settings = await readFile(join(directory, 'caches', 'sessions', 'redis.conf'), 'utf8');
    administrator = new Redis({
      host: server.host,
      port: server.port,
      username: 'sandbox',
      password: /^user sandbox on >(\S+)/m.exec(settings)?.[1] as string,
      tls: { ca: authority },
    });
    secretArn = await secret('sessions', { auth_token: TOKEN, note: 'kept' });
  });
  beforeEach(async () => {
    await administrator.config('SET', 'maxmemory', 0);
    await administrator.config('SET', 'maxmemory-policy', 'noeviction');
    await administrator.flushall();
    await administrator.config('RESETSTAT');
  });
  afterEach(() => {
    for (const end of faults.splice(0)) end();
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    administrator?.disconnect();
    await server?.stop();
    await services?.close();
    vi.unstubAllEnvs();
  });

  async function secret(name: string, value: unknown): Promise<string> {
    const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
    return (await services.create('AWS::SecretsManager::Secret', { Name: name, SecretString }, name)).ref;
  }
  async function report(change: Partial<CacheTarget> = {}) {
    const { host, port } = server;
    const target = {
      kind: 'cache',
      name: 'sessions',
      replicationGroup: 'sessions',
      host,
      port,
      secretArn,
      health: WARM,
      ...change,
    };
    const step = handler as (event: unknown, context: never) => Promise<unknown>;
    const found = CheckReport.parse(await step({ target }, LAMBDA_CONTEXT));
    const text = JSON.stringify(found);
    for (const token of [TOKEN, OTHER])
      for (const form of [token, encodeURIComponent(token)]) expect(text).not.toContain(form);
    // No runbook handles a cache yet, and those of databases do not.
    expect(found.findings.every(({ runbook }) => runbook === undefined)).toBe(true);
    return found;
  }
  async function check(change: Partial<CacheTarget> = {}) {
    return new Map((await report(change)).findings.map((one) => [one.check, one]));
  }
  const verdicts = (found: Awaited<ReturnType<typeof check>>) =>
    Object.fromEntries([...found].map(([name, { verdict }]) => [name, verdict]));
  const fail = (effect: string) =>
    void faults.push(services.machine.faults.add({ call: 'secretsmanager:GetSecretValue', effect }));

  /** Look-ups of keys that are there, and of keys that are not. */
  async function lookUp({ hits, misses }: { hits: number; misses: number }) {
    await administrator.set('there', 1);
    const pipeline = administrator.pipeline();
    for (let count = 0; count < hits; count += 1) pipeline.get('there');
    for (let count = 0; count < misses; count += 1) pipeline.get('nowhere');
    await pipeline.exec();
  }
  /** Fills the cache until it refuses, or well beyond what fits in; with a time to live where there is one. */
  async function fill(policy: string, lifeSeconds?: number) {
    await administrator.config('SET', 'maxmemory', ROOM_BYTES);
    await administrator.config('SET', 'maxmemory-policy', policy);
    const value = 'x'.repeat(65_536);
    const pipeline = administrator.pipeline();
    for (let key = 0; key < (2 * ROOM_BYTES) / value.length; key += 1)
      if (lifeSeconds === undefined) pipeline.set(`key-${key}`, value);
      else pipeline.set(`key-${key}`, value, 'EX', lifeSeconds);
    await pipeline.exec();
  }

  it('finds a cache that is well, and says how it is', async () => {
    await lookUp({ hits: 90, misses: 10 });
    const found = await report();
    expect(found).toMatchObject({ target: 'cache/sessions', verdict: 'pass' });
    expect(found.findings.map(({ check, observed }) => [check, observed])).toEqual([
      ['secret', 'sessions was read'],
      [
        'connectivity',
        expect.stringMatching(
          /^connected in \d+ ms, certificate and name verified; PING took [\d.]+ ms \(median\)$/,
        ),
      ],
      ['memory', expect.stringMatching(/^\d\.\d MiB$/)],
      ['hit rate', '90.0 % of 100 look-ups'],
      ['evictions', '0 keys were evicted since it was started'],
      ['clients', expect.stringMatching(/^\d+ clients are connected$/)],
      ['keys', '1 keys'],
    ]);
  });

  it.each([
    ['a password of a JSON object', { username: 'default', password: TOKEN }],
    ['the bare token', TOKEN],
    ['the token, and an address that holds it, too', { auth_token: TOKEN, url: `rediss://:${TOKEN}@x` }],
  ])('reads %s', async (name, value) => {
    const found = await check({ secretArn: await secret(name.replaceAll(/\W/g, '-'), value) });
    expect(verdicts(found)).toMatchObject({ secret: 'pass', connectivity: 'pass' });
  });

  it('names a low hit rate, with more patience while it is warming', async () => {
    await lookUp({ hits: 50, misses: 50 });
    expect((await check()).get('hit rate')).toMatchObject({
      verdict: 'fail',
      observed: '50.0 % of 100 look-ups',
      expected: 'more than 70 %',
    });
    // As it is by default: an hour.
    expect((await check({ health: undefined })).get('hit rate')).toMatchObject({
      verdict: 'pass',
      expected: 'more than 40 % while it is warming',
    });
    await lookUp({ hits: 0, misses: 50 });
    expect((await check({ health: undefined })).get('hit rate')?.verdict).toBe('fail');
  });

  it('draws nothing from a few look-ups', async () => {
    await lookUp({ hits: 1, misses: 2 });
    const found = await report();
    expect(found.verdict).toBe('unknown');
    expect(found.findings.find((one) => one.check === 'hit rate')).toMatchObject({
      verdict: 'unknown',
      observed: '3 look-ups prove nothing',
    });
  });

  it('names evictions of one that makes room', async () => {
    await fill('allkeys-lru');
    const found = await check();
    expect(verdicts(found)).toMatchObject({ memory: 'pass', evictions: 'warn' });
    expect(found.get('evictions')?.observed).toMatch(/^[1-9]\d* keys were evicted/);
  });

  it('names one that is full and may give up nothing', async () => {
    await fill('noeviction');
    expect((await check()).get('memory')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringMatching(/% of 8\.0 MiB \(noeviction\): it makes no room/),
    });
    // ElastiCache's default takes only keys that would go anyway, and there are none.
    await administrator.config('SET', 'maxmemory-policy', 'volatile-lru');
    expect((await check()).get('memory')?.verdict).toBe('fail');
    await administrator.flushall();
    await fill('volatile-lru', 600);
    expect((await check()).get('memory')?.verdict).toBe('pass');
  });

  it('holds it to the limits that are declared', async () => {
    await administrator.set('there', 1);
    const health = {
      ...WARM,
      latencyMilliseconds: 0.000_1,
      connectedClients: 1,
      usualBytes: 1,
      warnBytes: 2,
    };
    const found = await check({ health });
    expect(verdicts(found)).toMatchObject({ connectivity: 'fail', memory: 'warn', clients: 'warn' });
    expect(found.get('connectivity')?.expected).toBe('PING is answered within 0.0001 ms');
  });

  it('says what is left to look at where INFO is not allowed', async () => {
    await administrator.call('ACL', 'SETUSER', 'default', '-info');
    try {
      const found = await check();
      expect(verdicts(found)).toEqual({ secret: 'pass', connectivity: 'pass', state: 'unknown' });
      expect(found.get('state')?.observed).toContain('(NOPERM) when it was sent INFO');
    } finally {
      await administrator.call('ACL', 'SETUSER', 'default', '+info');
    }
  });

  it('names a token that is refused', async () => {
    const wrong = await check({ secretArn: await secret('wrong', { auth_token: OTHER }) });
    expect(verdicts(wrong)).toEqual({ secret: 'pass', connectivity: 'fail' });
    expect(wrong.get('connectivity')?.observed).toContain('refused the token (WRONGPASS)');
  });

  it('names one that asks for no token', async () => {
    await server.setTokens([]);
    try {
      expect((await check()).get('connectivity')).toMatchObject({
        verdict: 'fail',
        observed: expect.stringContaining('asks for no token'),
      });
    } finally {
      await server.setTokens([TOKEN]);
    }
  });

  it('tells one that is not there, and one that is not itself', async () => {
    const closed = await serveTcp(() => {});
    await closed.close();
    expect((await check({ host: '127.0.0.1', port: closed.port })).get('connectivity')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('takes no connection on this port'),
    });
    // A way to write 127.0.0.1 that no certificate knows.
    expect((await check({ host: '127.1' })).get('connectivity')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('shows a certificate for another name'),
    });
    const plain = await serveTcp((socket) => void socket.write('-ERR hello\r\n'));
    try {
      expect((await check({ host: '127.0.0.1', port: plain.port })).get('connectivity')).toMatchObject({
        verdict: 'fail',
        observed: expect.stringContaining('does not speak TLS'),
      });
    } finally {
      await plain.close();
    }
  });

  it('waits for one that takes connections and never answers as long as it waits for databases', async () => {
    const silent = await serveTcp(() => {});
    try {
      expect((await check({ host: '127.0.0.1', port: silent.port })).get('connectivity')).toMatchObject({
        verdict: 'fail',
        observed: expect.stringContaining('did not answer within 4000 ms'),
      });
    } finally {
      await silent.close();
    }
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
      observed: 'there is no token to connect with',
    });
  });

  it('names a secret that is about to be deleted', async () => {
    const SecretId = await secret('going', { auth_token: TOKEN });
    const client = new SecretsManagerClient(services.client);
    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    client.destroy();
    expect((await check({ secretArn: SecretId })).get('secret')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('is scheduled for deletion'),
    });
  });

  it.each([
    ['no JSON, and no token', 'not a token, and not JSON'],
    ['no field for it', { note: TOKEN }],
    ['two fields for it', { auth_token: TOKEN, password: OTHER }],
    ['one of another user', { username: 'app', password: TOKEN }],
    ['one that is no text', { auth_token: { is: TOKEN } }],
  ])('names a secret with %s, and shows nothing of it', async (name, value) => {
    const found = await check({ secretArn: await secret(name.replaceAll(/\W/g, '-'), value) });
    expect(verdicts(found)).toEqual({ secret: 'fail', connectivity: 'unknown' });
    expect(found.get('secret')?.observed).toContain('does not hold one AUTH token of the user "default"');
    expect(JSON.stringify([...found])).not.toContain('not a token');
  });

  it('says what to declare where it has no token to look with', async () => {
    const found = await report({ secretArn: undefined });
    expect(found.verdict).toBe('unknown');
    expect(found.findings).toMatchObject([
      {
        check: 'secret',
        verdict: 'unknown',
        observed: expect.stringContaining('declare one as "secret" of this cache'),
      },
    ]);
  });
});
