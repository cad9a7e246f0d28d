import { describe, expect, it } from 'vitest';
import { cacheSecretOf, cacheTarget } from '../../../lib/config/cache-target.ts';
import { type ConfigError, defineConfig, forEnvironment } from '../../../lib/config/define-config.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { CACHE_HEALTH_DEFAULTS } from '../../../schemas/health/cache-health.ts';
import { CacheTarget } from '../../../schemas/target.ts';

const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
const rotating = (name: string, cache: string) => ({
  secret: arn(name),
  rotation: { kind: 'redis-auth', cache },
});
const input = (cache: object, secrets: object = {}) =>
  ({
    services: { api: { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' } },
    caches: {
      sessions: { replicationGroup: 'sessions', host: 'sessions.example.com', ...cache },
      pages: { replicationGroup: 'pages', host: 'pages.example.com' },
    },
    secrets: { plain: { secret: arn('plain') }, ...secrets },
  }) as NightshiftConfigInput;
const target = (cache: object, secrets: object = {}) => {
  const made = cacheTarget(defineConfig(input(cache, secrets)), 'sessions');
  // As it is stored and read.
  expect(CacheTarget.parse(JSON.parse(JSON.stringify(made)))).toEqual(made);
  return made;
};
function problems(cache: object, secrets: object = {}): readonly string[] {
  try {
    defineConfig(input(cache, secrets));
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('a declared cache', () => {
  it('is complete with its defaults, and without a token where none is declared', () => {
    expect(target({})).toEqual({
      kind: 'cache',
      name: 'sessions',
      replicationGroup: 'sessions',
      host: 'sessions.example.com',
      port: 6379,
      health: CACHE_HEALTH_DEFAULTS,
      alarms: [],
      observeSeconds: 0,
    });
  });

  it('has the secret that is named, or else the one that rotates its token', () => {
    const tokens = { tokens: rotating('tokens', 'sessions'), others: rotating('others', 'pages') };
    expect(target({ secret: 'plain' }).secretArn).toBe(arn('plain'));
    expect(target({}, tokens).secretArn).toBe(arn('tokens'));
    expect(target({ secret: 'plain' }, tokens).secretArn).toBe(arn('plain'));
    expect(cacheSecretOf(defineConfig(input({}, tokens)), 'pages')).toBe('others');
    expect(cacheSecretOf(defineConfig(input({}, tokens)), 'nowhere')).toBeUndefined();
  });

  it('has its limits in bytes and seconds', () => {
    const health = {
      latencyMilliseconds: 5,
      usualMebibytes: 0.5,
      warnMebibytes: 2,
      hitRatePercent: 90,
      warmingMinutes: 1.5,
      warmingHitRatePercent: 0,
      minimumLookups: 1,
      evictedKeys: 10,
      connectedClients: 200,
    };
    expect(target({ health }).health).toEqual({
      latencyMilliseconds: 5,
      usualBytes: 524_288,
      warnBytes: 2_097_152,
      hitRatePercent: 90,
      warmingSeconds: 90,
      warmingHitRatePercent: 0,
      minimumLookups: 1,
      evictedKeys: 10,
      connectedClients: 200,
    });
  });

  it.each<[string, object, object, string]>([
    [
      'a secret that is not declared',
      { secret: 'plian' },
      {},
      'caches.sessions.secret: "plian" is not a declared secret',
    ],
    [
      'two secrets that rotate its token',
      {},
      { one: rotating('one', 'sessions'), two: rotating('two', 'sessions') },
      'caches.sessions.secret: it is missing; several secrets rotate its token, so say which one holds it: one, two.',
    ],
    [
      'the secret of another cache',
      { secret: 'others' },
      { others: rotating('others', 'pages') },
      'caches.sessions.secret: the secret "others" holds the token of the cache "pages"',
    ],
    [
      'memory the wrong way round',
      { health: { warnMebibytes: 50 } },
      {},
      'caches.sessions.health: found an object; warnMebibytes must be at least usualMebibytes',
    ],
    [
      'a warm cache that may hit less than a cold one',
      { health: { hitRatePercent: 30 } },
      {},
      'caches.sessions.health: found an object; warmingHitRatePercent must be at most hitRatePercent',
    ],
    [
      'a rate that cannot be exceeded',
      { health: { hitRatePercent: 100 } },
      {},
      'caches.sessions.health.hitRatePercent: found 100; must be below 100',
    ],
    [
      'a limit that is misspelt',
      { health: { warnMegabytes: 50 } },
      {},
      'caches.sessions.health: "warnMegabytes" is not a setting here. Did you mean "warnMebibytes"?',
    ],
  ])('refuses %s', (_, cache, secrets, problem) => {
    expect(problems(cache, secrets)).toEqual([expect.stringContaining(problem)]);
  });

  it('takes one of several secrets that rotate its token when it is named', () => {
    const secrets = { one: rotating('one', 'sessions'), two: rotating('two', 'sessions') };
    expect(target({ secret: 'two' }, secrets).secretArn).toBe(arn('two'));
  });

  it('keeps to its environment', () => {
    const of = (environment: string, secret: string) => ({
      replicationGroup: 'sessions',
      host: `${environment}.example.com`,
      environment,
      secret,
    });
    const service = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };
    const several = (secret: string) =>
      ({
        environments: { staging: { account: '123456789012' }, production: { account: '210987654321' } },
        services: {
          'api-staging': { ...service, environment: 'staging' },
          api: { ...service, environment: 'production' },
        },
        caches: { test: of('staging', 'test'), sessions: of('production', secret) },
        secrets: {
          test: { secret: arn('test'), environment: 'staging' },
          live: { secret: arn('live'), environment: 'production' },
        },
      }) as NightshiftConfigInput;
    expect(() => defineConfig(several('test'))).toThrow(
      'caches.sessions.secret: the secret "test" belongs to the environment "staging", not to "production".',
    );
    const production = forEnvironment(defineConfig(several('live')), 'production');
    expect(Object.keys(production.caches)).toEqual(['sessions']);
    expect(cacheTarget(production, 'sessions').secretArn).toBe(arn('live'));
  });
});
