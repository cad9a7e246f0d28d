import { describe, expect, it } from 'vitest';
import { ConfigError, defineConfig, forEnvironment } from '../../../lib/config/define-config.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { secretsTarget, secretTarget, waveCount } from '../../../lib/config/secret-targets.ts';
import { SecretTarget } from '../../../schemas/secret.ts';

const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
const alternating = {
  kind: 'postgresql-alternating-users',
  database: 'main',
  user: 'shop',
} as const;

function input(secrets: NonNullable<NightshiftConfigInput['secrets']>): NightshiftConfigInput {
  return {
    services: {
      api: {
        cluster: 'main',
        service: 'api',
        baseUrl: 'https://api.example.com',
        database: 'main',
        secrets: ['database', 'tokens'],
      },
    },
    databases: {
      main: {
        instance: 'main',
        host: 'main.example.com',
        database: 'shop',
        secret: 'database',
        masterSecret: 'master',
      },
    },
    caches: { sessions: { replicationGroup: 'sessions', host: 'sessions.example.com' } },
    secrets: {
      master: { secret: arn('master') },
      database: { secret: arn('database') },
      tokens: { secret: arn('tokens') },
      ...secrets,
    },
  };
}

function problemsOf(secrets: NonNullable<NightshiftConfigInput['secrets']>): readonly string[] {
  try {
    defineConfig(input(secrets));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('secrets that are rotated', () => {
  it('take the turns of two users, whose owner has a name of its own', () => {
    const config = defineConfig(input({ database: { secret: arn('database'), rotation: alternating } }));
    const target = secretTarget(config, 'database');
    expect(SecretTarget.parse(target)).toEqual(target);
    expect(target).toMatchObject({
      secretArn: arn('database'),
      consumers: ['api'],
      overlapSeconds: 86_400,
      rotation: {
        users: ['shop', 'shop_clone'],
        ownerRole: 'shop_owner',
        adminSecretArn: arn('master'),
        database: { host: 'main.example.com', port: 5432, secretArn: arn('database') },
        password: { length: 40, urlSafe: false },
      },
    });
    expect(secretsTarget(config).secrets).toEqual([
      { name: 'database', tags: [], after: [], consumers: ['api'] },
    ]);
  });

  it.each<[string, NonNullable<NightshiftConfigInput['secrets']>, RegExp]>([
    [
      'an unknown database',
      { database: { secret: arn('database'), rotation: { ...alternating, database: 'mian' } } },
      /secrets\.database\.rotation\.database: .*main/,
    ],
    [
      'turns without an administrator',
      { database: { secret: arn('database'), rotation: { ...alternating, adminSecret: 'database' } } },
      /secrets\.database\.rotation\.adminSecret: it is missing/,
    ],
    [
      'a role name that PostgreSQL would cut off',
      { database: { secret: arn('database'), rotation: { ...alternating, user: 'é'.repeat(32) } } },
      /at most 63 bytes/,
    ],
    [
      'an unknown cache',
      { tokens: { secret: arn('tokens'), rotation: { kind: 'redis-auth', cache: 'session' } } },
      /rotation\.cache: .*sessions/,
    ],
    [
      'a signing key that nobody could try',
      {
        tokens: {
          secret: arn('tokens'),
          rotation: { kind: 'signing-key', algorithm: 'ES256', longestTokenMinutes: 60 },
        },
      },
      /secrets\.tokens\.adoption: it is missing/,
    ],
    [
      'a due date of what is not rotated',
      { tokens: { secret: arn('tokens'), rotateEveryDays: 30 } },
      /secrets\.tokens\.rotation: it is missing/,
    ],
    [
      'an order in a circle',
      {
        database: { secret: arn('database'), rotation: alternating, after: ['tokens'] },
        tokens: {
          secret: arn('tokens'),
          rotation: { kind: 'policy-value', schema: {} },
          after: ['database'],
        },
      },
      /none of them can be first/,
    ],
  ])('refuse %s', (_, secrets, problem) => {
    expect(problemsOf(secrets).join('\n')).toMatch(problem);
  });

  it('come in as many waves as the longest chain has members', () => {
    const policy = { kind: 'policy-value', schema: {} } as const;
    const config = defineConfig(
      input({
        database: { secret: arn('database'), rotation: alternating },
        tokens: { secret: arn('tokens'), rotation: policy, after: ['database'] },
        limits: { secret: arn('limits'), rotation: policy, after: ['tokens', 'database'] },
        other: { secret: arn('other'), rotation: policy },
      }),
    );
    expect(waveCount(config)).toBe(3);
    expect(waveCount(defineConfig(input({})))).toBe(0);
  });
});

describe('schedules of rotations', () => {
  const schedule = (schedule: object): unknown => ({
    ...input({ database: { secret: arn('database'), rotation: alternating } }),
    schedules: { monthly: { expression: 'rate(30 days)', ...schedule } },
  });

  it('are for a secret, and stay with its environment', () => {
    const config = defineConfig(
      schedule({ runbook: 'rotate-secret', secret: 'database' }) as NightshiftConfigInput,
    );
    expect(Object.keys(forEnvironment(config, 'production').schedules)).toEqual(['monthly']);
  });

  it.each([
    [{ runbook: 'rotate-secret' }, /schedules\.monthly\.secret: it is missing/],
    [{ runbook: 'rotate-secret', secret: 'database', service: 'api' }, /schedules\.monthly\.service/],
    [{ runbook: 'rotate-compromised' }, /never scheduled/],
  ])('%o', (given, problem) => {
    expect(() => defineConfig(schedule(given) as NightshiftConfigInput)).toThrow(problem);
  });
});
