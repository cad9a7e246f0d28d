import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { type ConfigError, defineConfig } from '../../../lib/config/define-config.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { databaseTarget, serviceTarget } from '../../../lib/config/targets.ts';
import { DATABASE_HEALTH_DEFAULTS } from '../../../schemas/health/database-health.ts';
import { HEALTH_DEFAULTS } from '../../../schemas/health.ts';
import { DatabaseTarget, ServiceTarget } from '../../../schemas/target.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:';
const config = (health: object, ofDatabase: object = {}) =>
  defineConfig({
    services: { api: { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com/', health } },
    databases: {
      main: {
        instance: 'main',
        host: 'db.example.com',
        database: 'app',
        secret: 'login',
        health: ofDatabase,
      },
    },
    secrets: { login: { secret: `${ARN}login-AbCdEf` }, service: { secret: `${ARN}service-AbCdEf` } },
  } as NightshiftConfigInput);
const service = (health: object) => {
  const target = serviceTarget(new Stack(new App(), 'stack'), config(health), 'api');
  // As it is stored and read.
  expect(ServiceTarget.parse(JSON.parse(JSON.stringify(target)))).toEqual(target);
  return target.health;
};
const database = (health: object) => {
  const target = databaseTarget(config({}, health), 'main');
  expect(DatabaseTarget.parse(JSON.parse(JSON.stringify(target)))).toEqual(target);
  return target.health;
};
function problems(health: object, ofDatabase: object = {}): readonly string[] {
  try {
    config(health, ofDatabase);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('the health of a service', () => {
  it('has the limits that were written down, where nothing else is said', () => {
    expect(service({})).toEqual(HEALTH_DEFAULTS);
  });

  it('is resolved with its times in seconds and its addresses whole', () => {
    const health = service({
      correlationId: { send: 'x-request-id' },
      payload: { path: '/orders', bytes: 2_000_000 },
      errors: { windowMinutes: 30 },
      metrics: {
        errorRatio: {
          requests: { name: 'requests_total' },
          errors: { name: 'requests_total', labels: { status: { startsWith: '5' } } },
        },
        assertions: [{ kind: 'rate', of: { name: 'jobs_total' }, atLeast: 0.1 }],
      },
      cloudwatch: {
        'queue age': {
          kind: 'maximum',
          of: {
            namespace: 'AWS/SQS',
            metric: 'ApproximateAgeOfOldestMessage',
            dimensions: { QueueName: 'jobs' },
            statistic: 'Maximum',
          },
          atMost: 600,
        },
      },
      heartbeats: { scheduler: { logGroup: '/ecs/worker', line: 'loop:start', intervalMinutes: 5 } },
      endpoints: { 'front page': { path: '/', samples: 5, p95Milliseconds: 300 } },
      mayRest: true,
      starts: ['roll-back-service'],
    });
    expect(health).toMatchObject({
      http: {
        correlation: { send: 'x-request-id' },
        payload: { path: '/orders', bytes: 2_000_000 },
        endpoints: [
          {
            name: 'front page',
            path: '/',
            status: [200],
            ready: false,
            latency: { samples: 5, p95Milliseconds: 300 },
          },
        ],
      },
      errors: { windowSeconds: 1800, countLimit: 10 },
      metrics: { url: 'https://api.example.com/metrics', secondsBetween: 10, errorRatio: { over: 'total' } },
      cloudwatch: [
        { periodSeconds: 300, periods: 12, assertion: { kind: 'maximum', name: 'queue age', atMost: 600 } },
      ],
      heartbeats: [{ name: 'scheduler', intervalSeconds: 300, lookBackSeconds: 3600 }],
      tasks: { mayRest: true },
      starts: ['roll-back-service'],
    });
  });

  it('says all that is wrong with it at once', () => {
    expect(
      problems({
        samplez: 3,
        readinessJson: [{ path: 'status' }],
        certificate: { warnDays: 1 },
        payload: { path: '/orders' },
        cloudwatch: {
          ratio: { kind: 'ratio', of: { namespace: 'A', metric: 'B', statistic: 'Sum' } },
          stat: { kind: 'sum', of: { namespace: 'A', metric: 'B', statistic: 'Median' } },
        },
        heartbeats: { loop: { logGroup: '/ecs/api', line: '"loop"', intervalMinutes: 90 } },
        starts: ['roll-back-servise'],
      }),
    ).toEqual([
      expect.stringContaining('readinessJson[0].path: found "status"; is not a path such as $.a.b[0]'),
      expect.stringContaining('certificate: found an object; warnDays must be at least failDays'),
      expect.stringContaining('payload: found an object; needs bytes or batch'),
      expect.stringContaining('cloudwatch.ratio: found an object; a ratio needs to and minimum'),
      expect.stringContaining('cloudwatch.stat.of.statistic: found "Median"; must be Sum'),
      expect.stringContaining('must be a text without quotation marks'),
      expect.stringContaining('lookBackMinutes must be at least intervalMinutes'),
      expect.stringContaining('Did you mean "roll-back-service"?'),
      expect.stringContaining('"samplez" is not a setting here. Did you mean "samples"?'),
    ]);
  });
});

describe('the health of a database', () => {
  it('has its limits, and the ARNs of the logins that are tried', () => {
    expect(database({})).toEqual(DATABASE_HEALTH_DEFAULTS);
    expect(
      database({ connections: { warnAbove: 20 }, logins: ['service'], starts: ['recover-migration'] }),
    ).toEqual({
      latencyMilliseconds: 1000,
      connections: { warnPercent: 80, failPercent: 95, warnAbove: 20 },
      loginArns: [`${ARN}service-AbCdEf`],
      starts: ['recover-migration'],
    });
  });

  it('knows no login that is not declared, and no limits the wrong way round', () => {
    expect(problems({}, { logins: ['servise'] })).toEqual([
      expect.stringMatching(/databases\.main\.health\.logins\[0\].*"service"/),
    ]);
    expect(problems({}, { connections: { warnPercent: 99 } })).toEqual([
      expect.stringContaining('failPercent must be at least warnPercent'),
    ]);
  });
});
