import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, defineConfig, forEnvironment } from '../../../lib/config/define-config.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { editDistance } from '../../../schemas/nearest-name.ts';

const api = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };
const services = { api };
const database = { instance: 'main', host: 'db.example.com', database: 'app', secret: 'login' };
const secret = { secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf' };
const cache = { replicationGroup: 'sessions', host: 'sessions.example.com' };
const once = { name: 'year end', from: '2026-12-24T00:00:00Z', to: '2027-01-02T00:00:00Z' };
const weekly = { name: 'weekend', days: ['SAT'], startsAt: '22:00', durationMinutes: 60 };

const NAME_RULE = 'must be lower-case letters, digits and hyphens, at most 31, first a letter.';
const WINDOW_RULE = 'must be { name, from, to } or { name, days, startsAt, durationMinutes }.';
const TOP =
  'Allowed: name, environments, services, databases, secrets, caches, parity, dailyHealthCheck, schedules, freezeWindows, changeCalendars, approval, didNotHold, notify, runbookPages.';
const IN_SERVICE =
  'Allowed: cluster, service, baseUrl, livenessPath, readinessPath, loadBalancer, targetGroup, alarms, thresholds, bakeMinutes, observeMinutes, steadyTimeoutMinutes, database, secrets, caches, preflight, parity, health, readiness, gate, environment.';

/** What is said of a configuration, whatever its type. */
function problemsOf(input: unknown): readonly string[] {
  try {
    defineConfig(input as NightshiftConfigInput);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A configuration whose one service has other settings. */
const serviceWith = (settings: object, others: object = {}) => ({
  services: { api: { ...api, ...settings } },
  ...others,
});

/** The same for its one database. */
const databaseWith = (settings: object) => ({
  secrets: { login: secret },
  databases: { main: { ...database, ...settings } },
});

describe('defineConfig: a setting that is wrong', () => {
  it.each<[string, unknown, string]>([
    [
      'nothing at all',
      undefined,
      'the configuration: it is missing; Invalid input: expected object, received undefined.',
    ],
    ['a name of its own', { services, name: 'Night Shift' }, `name: found "Night Shift"; ${NAME_RULE}`],
    ['no services', { services: {} }, 'services: it is empty; declare at least one.'],
    [
      'a misspelt section',
      { services, secretes: {} },
      `the configuration: "secretes" is not a setting here. Did you mean "secrets"? ${TOP}`,
    ],
    [
      'a section that resembles none',
      { services, kubernetes: {} },
      `the configuration: "kubernetes" is not a setting here. ${TOP}`,
    ],
    [
      'a misspelt setting of a service',
      serviceWith({ bakeMinuts: 5 }),
      `services.api: "bakeMinuts" is not a setting here. Did you mean "bakeMinutes"? ${IN_SERVICE}`,
    ],
    [
      'a misspelt setting deep within',
      serviceWith({ thresholds: { latencyMillisecond: 5 } }),
      'services.api.thresholds: "latencyMillisecond" is not a setting here. Did you mean "latencyMilliseconds"? Allowed: latencyMilliseconds, errorRatioPercent, minimumRequests.',
    ],
    [
      'the name of a service',
      { services: { API: api } },
      `services.API: the name is not allowed: ${NAME_RULE}`,
    ],
    [
      'a service that says nothing',
      { services: { api: {} } },
      'services.api.service: it is missing; must be a name, an ARN or an IBaseService.',
    ],
    [
      'null for a service',
      serviceWith({ service: null }),
      'services.api.service: found null; must be a name, an ARN or an IBaseService.',
    ],
    [
      'an object that is no service',
      serviceWith({ service: { name: 'api' } }),
      'services.api.service: found an object; must be a name, an ARN or an IBaseService.',
    ],
    [
      'a number for a cluster',
      serviceWith({ cluster: 7 }),
      'services.api.cluster: found 7; must be a name, an ARN or an ICluster.',
    ],
    [
      'a service by name without its cluster',
      serviceWith({ cluster: undefined }),
      'services.api.cluster: it is missing; a service given by name needs its cluster.',
    ],
    [
      'an ARN of the old format, without a cluster',
      serviceWith({ cluster: undefined, service: 'arn:aws:ecs:us-east-1:123456789012:service/api' }),
      'services.api.cluster: it is missing; a service given by name needs its cluster.',
    ],
    [
      'nowhere to probe',
      serviceWith({ baseUrl: undefined }),
      'services.api.baseUrl: it is missing; say where the service is probed, such as https://api.example.com, or give the load balancer as the CDK object.',
    ],
    [
      'a host for a URL',
      serviceWith({ baseUrl: 'api.example.com' }),
      'services.api.baseUrl: found "api.example.com"; must be a URL such as https://api.example.com.',
    ],
    [
      'a URL that is not of the web',
      serviceWith({ baseUrl: 'ftp://api.example.com' }),
      'services.api.baseUrl: found "ftp://api.example.com"; must be a URL such as https://api.example.com.',
    ],
    [
      'a path without a slash',
      serviceWith({ readinessPath: 'health' }),
      'services.api.readinessPath: found "health"; must be a path that begins with /.',
    ],
    [
      'a load balancer by name',
      serviceWith({ loadBalancer: 'api', targetGroup: 'targetgroup/api/12ab' }),
      'services.api.loadBalancer: found "api"; must be a full name such as app/api/1234567890abcdef.',
    ],
    [
      'a load balancer alone',
      serviceWith({ loadBalancer: 'app/api/12ab' }),
      'services.api: loadBalancer and targetGroup go together; only one was given.',
    ],
    [
      'too short a bake time',
      serviceWith({ bakeMinutes: 1 }),
      'services.api.bakeMinutes: found 1; Too small: expected number to be >=2.',
    ],
    [
      'a number as a text',
      serviceWith({ observeMinutes: '3' }),
      'services.api.observeMinutes: found "3"; Invalid input: expected number, received string.',
    ],
    [
      'a number that is none',
      serviceWith({ bakeMinutes: Number.NaN }),
      'services.api.bakeMinutes: found NaN; Invalid input: expected number, received NaN.',
    ],
    [
      'a number that JSON does not know',
      serviceWith({ bakeMinutes: 10n }),
      'services.api.bakeMinutes: found 10; Invalid input: expected number, received bigint.',
    ],
    [
      'more than everything',
      serviceWith({ thresholds: { errorRatioPercent: 101 } }),
      'services.api.thresholds.errorRatioPercent: found 101; Too big: expected number to be <=100.',
    ],
    [
      'an empty alarm in a list',
      serviceWith({ alarms: ['one', ''] }),
      'services.api.alarms[1]: found ""; Too small: expected string to have >=1 characters.',
    ],
    [
      'a migration tool',
      { services, secrets: { login: secret }, databases: { main: { ...database, migrations: 'alembik' } } },
      'databases.main.migrations: found "alembik"; allowed: alembic, prisma, none. Did you mean "alembic"?',
    ],
    [
      'an instance without its host',
      { services, secrets: { login: secret }, databases: { main: { ...database, host: undefined } } },
      'databases.main.host: it is missing; an instance given by its identifier needs its host name (synthesis looks nothing up).',
    ],
    [
      'a secret by name',
      { services, secrets: { login: { secret: 'login' } } },
      'secrets.login.secret: found "login"; must be an ARN: a name alone does not give a permission.',
    ],
    [
      'a schedule in words',
      {
        services,
        schedules: { nightly: { runbook: 'roll-back-service', expression: 'daily', service: 'api' } },
      },
      'schedules.nightly.expression: found "daily"; must be rate(…), cron(…) or at(…).',
    ],
    [
      'a runbook that does not exist',
      {
        services,
        schedules: { nightly: { runbook: 'roll-service-back', expression: 'rate(1 day)', service: 'api' } },
      },
      'schedules.nightly.runbook: found "roll-service-back"; allowed: roll-back-service, preflight, check-parity, rollback-readiness, release-gate, validate-database, snapshot-database, restore-database, restore-drill, recover-migration, rotate-secret, daily-health-check, rotate-compromised, take-over-ownership.',
    ],
    [
      'a freeze window of no form',
      { services, freezeWindows: [{ name: 'x' }] },
      `freezeWindows[0]: found an object; ${WINDOW_RULE}`,
    ],
    [
      'a freeze window in words',
      { services, freezeWindows: ['x'] },
      `freezeWindows[0]: found "x"; ${WINDOW_RULE}`,
    ],
    [
      'a day of a freeze window',
      { services, freezeWindows: [once, { ...weekly, days: ['SAT', 'SUNDAY'] }] },
      'freezeWindows[1].days[1]: found "SUNDAY"; allowed: MON, TUE, WED, THU, FRI, SAT, SUN. Did you mean "SUN"?',
    ],
    [
      'a time of a freeze window',
      { services, freezeWindows: [{ ...weekly, startsAt: '24:00' }] },
      'freezeWindows[0].startsAt: found "24:00"; must be a time of day such as 22:00 (UTC).',
    ],
    [
      'an instant without a zone',
      { services, freezeWindows: [{ ...once, from: '2026-12-24T00:00:00' }] },
      'freezeWindows[0].from: found "2026-12-24T00:00:00"; must be an instant such as 2026-12-24T00:00:00Z.',
    ],
    [
      'a freeze window that would never freeze',
      { services, freezeWindows: [{ ...once, from: once.to, to: once.from }] },
      'freezeWindows[0].to: found "2026-12-24T00:00:00Z"; must be later than from, which is "2027-01-02T00:00:00Z".',
    ],
    [
      'an approval rule',
      { services, approval: { 'roll-back-service': 'allways' } },
      'approval.roll-back-service: found "allways"; allowed: never, always. Did you mean "always"?',
    ],
    [
      'an approval rule for no runbook',
      { services, approval: { 'roll-back-servce': 'always' } },
      'approval: "roll-back-servce" is not a setting here. Did you mean "roll-back-service"? Allowed: roll-back-service, restore-database, recover-migration, rotate-secret, rotate-compromised, take-over-ownership, timeoutMinutes.',
    ],
    [
      'a time for restores that is too short',
      { services, ...databaseWith({ restore: { timeoutMinutes: 5 } }) },
      'databases.main.restore.timeoutMinutes: found 5; Too small: expected number to be >=15.',
    ],
    [
      'to keep no snapshot at all',
      { services, ...databaseWith({ snapshots: { keepAtLeast: 0 } }) },
      'databases.main.snapshots.keepAtLeast: found 0; Too small: expected number to be >0.',
    ],
    [
      'a class of instances that is none',
      { services, ...databaseWith({ restore: { drillInstanceClass: 't4g.medium' } }) },
      'databases.main.restore.drillInstanceClass: found "t4g.medium"; must be a class such as db.t4g.medium.',
    ],
    [
      'a command without the roles of its task',
      {
        services,
        ...databaseWith({
          restore: { migrateDown: { service: 'api', container: 'api', command: ['down'] } },
        }),
      },
      'databases.main.restore.migrateDown.roleArns: it is missing; Invalid input: expected array, received undefined.',
    ],
    [
      'a command of a service that nobody declared',
      {
        services,
        ...databaseWith({
          restore: {
            migrateDown: {
              service: 'apo',
              container: 'api',
              command: ['down'],
              roleArns: ['arn:aws:iam::1:role/x'],
            },
          },
        }),
      },
      'databases.main.restore.migrateDown.service: "apo" is not a declared service. Did you mean "api"? Known: api.',
    ],
    [
      'a master secret that nobody declared',
      { services, ...databaseWith({ masterSecret: 'logon' }) },
      'databases.main.masterSecret: "logon" is not a declared secret. Did you mean "login"? Known: login.',
    ],
    [
      'an address for notices',
      { services, notify: { pages: ['on-call'] } },
      'notify.pages[0]: found "on-call"; Invalid email address.',
    ],
    [
      'an account as a number',
      { services, environments: { production: { account: 123_456_789_012 } } },
      'environments.production.account: found 123456789012; Invalid input: expected string, received number.',
    ],
    [
      'an account that is too short',
      { services, environments: { production: { account: '1234' } } },
      'environments.production.account: found "1234"; must be twelve digits.',
    ],
    [
      'a place in the network',
      {
        services,
        environments: {
          production: { network: { vpcId: 'vpc-1', subnetIds: ['a'], securityGroupIds: ['b'], place: 'al' } },
        },
      },
      'environments.production.network.place: found "al"; allowed: database, all. Did you mean "all"?',
    ],
    [
      'no environments',
      { services, environments: {} },
      'environments: it is empty; declare at least one, or leave it out.',
    ],
  ])('%s', (_, input, message) => {
    expect(problemsOf(input)).toEqual([message]);
  });
});

describe('defineConfig: a name that is not declared', () => {
  const two = { environments: { staging: { name: 'trial' }, production: {} } };
  const here = { environment: 'production' };
  it.each<[string, unknown, string]>([
    [
      'a database, where none is declared',
      serviceWith({ database: 'main' }),
      'services.api.database: "main" is not a declared database. There is none.',
    ],
    [
      'a database that is near to a declared one',
      serviceWith({ database: 'mian' }, { databases: { main: database }, secrets: { login: secret } }),
      'services.api.database: "mian" is not a declared database. Did you mean "main"? Known: main.',
    ],
    [
      'the second of two secrets',
      serviceWith({ secrets: ['login', 'stripe'] }, { secrets: { login: secret } }),
      'services.api.secrets[1]: "stripe" is not a declared secret. Known: login.',
    ],
    [
      'a cache',
      serviceWith({ caches: ['session'] }, { caches: { sessions: cache, pages: cache } }),
      'services.api.caches[0]: "session" is not a declared cache. Did you mean "sessions"? Known: pages, sessions.',
    ],
    [
      'a name that every object has',
      serviceWith({ database: 'constructor' }),
      'services.api.database: "constructor" is not a declared database. There is none.',
    ],
    [
      "a database's secret",
      { services, databases: { main: { ...database, secret: 'logn' } }, secrets: { login: secret } },
      'databases.main.secret: "logn" is not a declared secret. Did you mean "login"? Known: login.',
    ],
    [
      "a schedule's service",
      {
        services,
        schedules: { nightly: { runbook: 'roll-back-service', expression: 'rate(1 day)', service: 'apo' } },
      },
      'schedules.nightly.service: "apo" is not a declared service. Did you mean "api"? Known: api.',
    ],
    [
      "a service's environment",
      serviceWith({ environment: 'prodution' }),
      'services.api.environment: "prodution" is not a declared environment. Did you mean "production"? Known: production.',
    ],
    [
      "a cache's environment",
      { services, caches: { sessions: { ...cache, environment: 'prod' } } },
      'caches.sessions.environment: "prod" is not a declared environment. Known: production.',
    ],
    [
      'no environment, where there are two',
      { services, ...two },
      'services.api.environment: it is missing; with several environments say which one: staging, production.',
    ],
    [
      'a schedule of a database runbook without a database',
      {
        services: { api },
        schedules: { morning: { runbook: 'validate-database', expression: 'rate(1 day)' } },
      },
      'schedules.morning.database: it is missing; validate-database is for a database.',
    ],
    [
      'two environments of one account and region under one name',
      {
        environments: { staging: {}, production: {} },
        services: { api: { ...api, environment: 'production' }, trial: { ...api, environment: 'staging' } },
      },
      'environments.production.name: it is missing; "staging" has the same account and region, so this one needs a name of its own, such as "nightshift-production".',
    ],
    [
      'an environment without services',
      serviceWith(here, two),
      'environments.staging: no service belongs to it; declare one, or leave it out.',
    ],
    [
      'a secret of another environment',
      {
        ...two,
        services: { api: { ...api, ...here, secrets: ['login'] }, trial: { ...api, environment: 'staging' } },
        secrets: { login: { ...secret, environment: 'staging' } },
      },
      'services.api.secrets[0]: the secret "login" belongs to the environment "staging", not to "production".',
    ],
  ])('%s', (_, input, message) => {
    expect(problemsOf(input)).toEqual([message]);
  });
});

describe('defineConfig', () => {
  it('names several mistakes at once, each with its path', () => {
    expect(
      problemsOf({
        servces: {},
        services: { api: { ...api, baseUrl: 'api', bakeMinutes: 0 }, 'a b': api },
        approval: { timeoutMinutes: 0.5 },
      }).map((problem) => problem.slice(0, problem.indexOf(':'))),
    ).toEqual([
      'services.api.baseUrl',
      'services.api.bakeMinutes',
      'services.a b',
      'approval.timeoutMinutes',
      'the configuration',
    ]);
  });

  it('names several undeclared names at once', () => {
    expect(
      problemsOf(serviceWith({ database: 'main', secrets: ['login'], caches: ['sessions'] })).map((problem) =>
        problem.slice(0, problem.indexOf(':')),
      ),
    ).toEqual(['services.api.database', 'services.api.secrets[0]', 'services.api.caches[0]']);
  });

  it('lists the problems in its message, one a line', () => {
    expect(() => defineConfig(serviceWith({ database: 'main', secrets: ['login'] }))).toThrow(
      [
        'The Nightshift configuration is not right:',
        '  - services.api.database: "main" is not a declared database. There is none.',
        '  - services.api.secrets[0]: "login" is not a declared secret. There is none.',
      ].join('\n'),
    );
  });

  it('finds the setting that was meant behind any single slip', () => {
    const settings = ['livenessPath', 'readinessPath', 'loadBalancer', 'targetGroup', 'thresholds'];
    fc.assert(
      fc.property(
        fc.constantFrom(...settings),
        fc.nat(),
        fc.constantFrom('', 'x', 'q'),
        (setting, index, letter) => {
          const at = index % setting.length;
          const slip = `${setting.slice(0, at)}${letter}${setting.slice(at + 1)}`;
          expect(editDistance(slip, setting)).toBe(1);
          expect(problemsOf(serviceWith({ [slip]: 1 }))).toContainEqual(
            expect.stringContaining(`"${slip}" is not a setting here. Did you mean "${setting}"?`),
          );
        },
      ),
    );
  });

  it('answers any JSON with a configuration or with problems, never with an error of its own', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (services) => {
        for (const problem of problemsOf({ services, databases: services }))
          expect(problem).toMatch(/^.+: .+/);
      }),
    );
  });

  it('fills in its defaults', () => {
    expect(defineConfig({ services })).toEqual({
      name: 'nightshift',
      environments: { production: {} },
      services: {
        api: {
          ...api,
          livenessPath: '/health/live',
          readinessPath: '/health/ready',
          alarms: [],
          thresholds: { latencyMilliseconds: 100, errorRatioPercent: 1, minimumRequests: 20 },
          bakeMinutes: 10,
          observeMinutes: 3,
          steadyTimeoutMinutes: 30,
          secrets: [],
          caches: [],
          parity: { differences: [] },
          readiness: expect.anything(),
          // Its own test has the limits.
          health: expect.objectContaining({ samples: 10, starts: [] }),
        },
      },
      databases: {},
      secrets: {},
      caches: {},
      parity: { with: {}, keys: {}, differences: [] },
      dailyHealthCheck: { scheduled: true, at: '08:00', timeZone: 'UTC', startsAtMost: 3 },
      schedules: {},
      freezeWindows: [],
      changeCalendars: [],
      approval: {
        'roll-back-service': 'never',
        'restore-database': 'swap',
        'recover-migration': 'always',
        'rotate-secret': 'never',
        'rotate-compromised': 'never',
        'take-over-ownership': 'always',
        timeoutMinutes: 60,
      },
      didNotHold: { times: 2, windowMinutes: 360 },
      notify: { notices: [], pages: [] },
      runbookPages: 'https://github.com/nightshift/nightshift/blob/main/docs/runbooks/',
    });
  });

  it('fills in the rest of a group of which one setting was given', () => {
    const config = defineConfig(
      serviceWith({ thresholds: { minimumRequests: 5 } }, { didNotHold: { times: 1 } }),
    );
    expect(config.services.api?.thresholds).toEqual({
      latencyMilliseconds: 100,
      errorRatioPercent: 1,
      minimumRequests: 5,
    });
    expect(config.didNotHold).toEqual({ times: 1, windowMinutes: 360 });
  });
});

describe('forEnvironment', () => {
  const config = defineConfig({
    environments: { staging: {}, production: { account: '123456789012', region: 'us-east-1' } },
    services: {
      api: { ...api, environment: 'production', database: 'main' },
      trial: { ...api, environment: 'staging' },
    },
    databases: { main: { ...database, environment: 'production' } },
    secrets: { login: { ...secret, environment: 'production' } },
    schedules: {
      nightly: { runbook: 'roll-back-service', expression: 'rate(1 day)', service: 'api' },
      hourly: { runbook: 'roll-back-service', expression: 'rate(1 hour)', service: 'trial' },
    },
  });

  it.each([
    ['production', ['api'], ['main'], ['login'], ['nightly']],
    ['staging', ['trial'], [], [], ['hourly']],
  ])('%s has what belongs to it, and nothing else', (name, ...expected) => {
    const mine = forEnvironment(config, name);
    expect(Object.keys(mine.environments)).toEqual([name]);
    expect([mine.services, mine.databases, mine.secrets, mine.schedules].map(Object.keys)).toEqual(expected);
  });
});
