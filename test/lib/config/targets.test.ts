import { describe, expect, it } from 'vitest';
import { defineConfig } from '../../../lib/config/define-config.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { databaseTarget, policyEntry } from '../../../lib/config/targets.ts';

const secretArn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;
const service = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };
const base = {
  services: {
    api: { ...service, database: 'main' },
    worker: { ...service, database: 'main' },
    site: service,
  },
  secrets: { login: { secret: secretArn('login') }, master: { secret: secretArn('master') } },
};
const target = (database: object) =>
  databaseTarget(
    defineConfig({
      ...base,
      databases: {
        main: { instance: 'main', host: 'db.example.com', database: 'app', secret: 'login', ...database },
      },
    } as NightshiftConfigInput),
    'main',
  );

describe('a declared database', () => {
  it('is complete with its defaults, and knows who uses it', () => {
    expect(target({})).toMatchObject({
      secretArn: secretArn('login'),
      consumers: ['api', 'worker'],
      snapshots: { keepDays: 7, keepAtLeast: 3 },
      restore: { timeoutSeconds: 7200, acceptableLossSeconds: 3600, drillDays: 100 },
      manifest: { excludedSchemas: [], timestampColumns: {} },
    });
    expect(target({})).not.toHaveProperty('masterSecretArn');
  });

  it('has its times in seconds', () => {
    const { restore, masterSecretArn } = target({
      masterSecret: 'master',
      restore: {
        timeoutMinutes: 90,
        acceptableLossMinutes: 0,
        recoveryTimeObjectiveMinutes: 45,
        recoveryPointObjectiveMinutes: 1440,
        drillInstanceClass: 'db.t4g.medium',
      },
    });
    expect(masterSecretArn).toBe(secretArn('master'));
    expect(restore).toEqual({
      timeoutSeconds: 5400,
      acceptableLossSeconds: 0,
      recoveryTimeObjectiveSeconds: 2700,
      recoveryPointObjectiveSeconds: 86_400,
      drillInstanceClass: 'db.t4g.medium',
      drillDays: 100,
    });
  });

  it('tells functions what to run, and not whose roles that needs', () => {
    const { restore } = target({
      restore: {
        migrateDown: {
          service: 'api',
          container: 'api',
          command: ['npm', 'run', 'migrate:down'],
          roleArns: ['arn:aws:iam::123456789012:role/api'],
        },
      },
    });
    expect(restore.migrateDown).toEqual({
      service: 'api',
      container: 'api',
      command: ['npm', 'run', 'migrate:down'],
    });
  });
});

describe('the rules for approval', () => {
  it('ask a person for what replaces a database', () => {
    expect(policyEntry(defineConfig({ services: { api: service } })).approval).toEqual({
      'roll-back-service': 'never',
      'restore-database': 'swap',
      'recover-migration': 'always',
      'rotate-secret': 'never',
      'rotate-compromised': 'never',
      'take-over-ownership': 'always',
    });
  });
});
