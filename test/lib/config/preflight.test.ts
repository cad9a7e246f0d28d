import { describe, expect, it } from 'vitest';
import { ConfigError, defineConfig } from '../../../lib/config/define-config.ts';
import { preflightRules } from '../../../lib/config/preflight-rules.ts';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { PreflightRules } from '../../../schemas/preflight/rules.ts';

const api = { cluster: 'main', service: 'api', baseUrl: 'https://api.example.com' };
const secrets = {
  database: { secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf' },
};
const configWith = (preflight: unknown, others: object = {}) =>
  ({ services: { api: { ...api, preflight } }, secrets, ...others }) as NightshiftConfigInput;

function problemsOf(preflight: unknown): readonly string[] {
  try {
    defineConfig(configWith(preflight));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
const rulesFor = (preflight: unknown, others?: object) =>
  preflightRules(defineConfig(configWith(preflight, others)), 'api');

const HERE = 'services.api.preflight';
const FORMATS = 'url, integer, number, duration, boolean';

describe('rules of a preflight that are wrong', () => {
  it.each<[string, unknown, string]>([
    [
      'an unknown key',
      { requires: ['A'] },
      `${HERE}: "requires" is not a setting here. Did you mean "require"? Allowed: require, conditional, formats, forbidden, secrets, container, login, parameters.`,
    ],
    [
      'an unknown kind of group',
      { require: [{ al: ['A', 'B'] }] },
      `${HERE}.require[0]: "al" is not a setting here. Did you mean "all"? Allowed: all, any.`,
    ],
    [
      'an unknown kind of group within a group',
      { require: [{ any: ['A', { alll: ['B', 'C'] }] }] },
      `${HERE}.require[0].any[1]: "alll" is not a setting here. Did you mean "all"? Allowed: all, any.`,
    ],
    [
      'a group that is both',
      { require: [{ all: ['A'], any: ['B'] }] },
      `${HERE}.require[0]: found an object; must be the name of a variable, { all: [...] } or { any: [...] } with names or further groups.`,
    ],
    [
      'an empty group, which nothing can meet',
      { require: [{ any: [] }] },
      `${HERE}.require[0].any: found a list; must name at least one.`,
    ],
    [
      'a name that is none',
      { require: ['DATABASE URL'] },
      `${HERE}.require[0]: found "DATABASE URL"; must be the name of a variable such as DATABASE_URL.`,
    ],
    [
      'an unknown key of a condition',
      { conditional: [{ when: { variable: 'A', equals: true, is: true }, require: 'B' }] },
      `${HERE}.conditional[0].when: "equals" is not a setting here. Allowed: variable, is.`,
    ],
    [
      'a condition on a text',
      { conditional: [{ when: { variable: 'A', is: 'live' }, require: 'B' }] },
      `${HERE}.conditional[0].when.is: found "live"; must be true, or a list of values.`,
    ],
    [
      'an unknown format',
      { formats: { PORT: 'intger' } },
      `${HERE}.formats.PORT: found "intger"; allowed: ${FORMATS}, email, json. Did you mean "integer"?`,
    ],
    [
      'an unknown format with settings',
      { formats: { PORT: { kind: 'intger', min: 1 } } },
      `${HERE}.formats.PORT.kind: found "intger"; allowed: ${FORMATS}, one-of, email, pattern, json. Did you mean "integer"?`,
    ],
    [
      'an unknown key of a format',
      { formats: { FEED_URL: { kind: 'url', scheme: ['https'] } } },
      `${HERE}.formats.FEED_URL: "scheme" is not a setting here. Did you mean "schemes"? Allowed: kind, schemes.`,
    ],
    [
      'a scheme with its slashes',
      { formats: { FEED_URL: { kind: 'url', schemes: ['https://'] } } },
      `${HERE}.formats.FEED_URL.schemes[0]: found "https://"; must be a scheme without ://, such as https.`,
    ],
    [
      'a pattern that does not compile',
      { formats: { VERSION: { kind: 'pattern', pattern: '(\\d+' } } },
      `${HERE}.formats.VERSION.pattern: found "(\\\\d+"; must be a regular expression.`,
    ],
    [
      'a duration without its unit',
      { formats: { TIMEOUT: { kind: 'duration', max: '30' } } },
      `${HERE}.formats.TIMEOUT.max: found "30"; must be a duration such as 30s, 5m or 1h.`,
    ],
    [
      'an unknown key of what is forbidden',
      { forbidden: { value: ['dummy'] } },
      `${HERE}.forbidden: "value" is not a setting here. Did you mean "values"? Allowed: values, hosts, localHosts, except.`,
    ],
    [
      'a secret that is not declared',
      { secrets: { databse: ['username'] } },
      `${HERE}.secrets: "databse" is not a declared secret. Did you mean "database"? Known: database.`,
    ],
    [
      'a name that stands twice',
      { require: ['A', { any: ['B', { all: ['C', 'C'] }] }] },
      `${HERE}.require[1].any[1].all[1]: found "C"; it stands in this list already.`,
    ],
    [
      'an alternative that is needed in any case',
      { require: [{ all: ['B', { any: [{ all: ['C', 'D'] }, 'B'] }] }] },
      `${HERE}.require[0].all[1].any[1]: B must be set in any case, so the other alternatives never count.`,
    ],
    [
      'a range that is empty',
      { formats: { PORT: { kind: 'integer', min: 10, max: 9 } } },
      `${HERE}.formats.PORT.max: found 9; must not be less than min, which is 10.`,
    ],
    [
      'a range of durations that is empty',
      { formats: { TIMEOUT: { kind: 'duration', min: '1m', max: '59s' } } },
      `${HERE}.formats.TIMEOUT.max: found "59s"; must not be less than min, which is "1m".`,
    ],
    [
      'a value that is allowed and forbidden',
      { formats: { MODE: { kind: 'one-of', values: ['live', 'Dummy'] } }, forbidden: { values: ['dummy'] } },
      `${HERE}.formats.MODE.values[1]: found "Dummy", which is forbidden too; take it out, or add MODE to forbidden.except.`,
    ],
    [
      'a condition that never holds',
      {
        formats: { MODE: { kind: 'one-of', values: ['live', 'replay'] } },
        conditional: [{ when: { variable: 'MODE', is: ['live', 'test'] }, require: 'FEED_URL' }],
      },
      `${HERE}.conditional[0].when.is[1]: found "test"; it never holds, because MODE must be one of live, replay.`,
    ],
    [
      'a flag that can never be true',
      {
        formats: { USE_FEED: { kind: 'one-of', values: ['live', 'replay'] } },
        conditional: [{ when: { variable: 'USE_FEED', is: true }, require: 'FEED_URL' }],
      },
      `${HERE}.conditional[0].when.is: found true; it never holds, because USE_FEED must be one of live, replay.`,
    ],
    [
      'a condition on a forbidden value',
      { conditional: [{ when: { variable: 'MODE', is: ['todo'] }, require: 'FEED_URL' }] },
      `${HERE}.conditional[0].when.is[0]: found "todo", which is forbidden; take it out, or add MODE to forbidden.except.`,
    ],
    [
      'a condition that needs its own variable',
      { conditional: [{ when: { variable: 'A', is: true }, require: 'A' }] },
      `${HERE}.conditional[0]: the conditions go in a circle: A → A; each is needed because of the other. Put what is always needed under require.`,
    ],
  ])('%s', (_, preflight, problem) => {
    expect(problemsOf(preflight)).toEqual([problem]);
  });

  it('tells a circle of conditions once, from where it begins', () => {
    const condition = (variable: string, needed: unknown) => ({
      when: { variable, is: true },
      require: needed,
    });
    expect(
      problemsOf({
        conditional: [
          condition('START', 'A'),
          condition('A', [{ any: ['X', 'B'] }]),
          condition('B', 'C'),
          condition('C', 'A'),
          condition('D', 'C'),
        ],
      }),
    ).toEqual([
      `${HERE}.conditional[1]: the conditions go in a circle: A → B → C → A; each is needed because of the other. Put what is always needed under require.`,
    ]);
  });

  it('ends at a group that contains itself, and says so', () => {
    const group: { all: unknown[] } = { all: ['A'] };
    group.all.push(group);
    const problems = problemsOf({ require: [group] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      /^services\.api\.preflight\.require\[0\](\.all\[1\]){8}: .*groups go 8 deep, and none contains itself\.$/,
    );
  });

  it('tells everything at once', () => {
    expect(
      problemsOf({
        require: ['', { all: [] }],
        formats: { PORT: 'intger', '1A': 'url' },
        forbidden: { local: true },
      }),
    ).toHaveLength(5);
    expect(
      problemsOf({
        require: ['A', 'A'],
        formats: { PORT: { kind: 'number', min: 2, max: 1 } },
        secrets: { other: [] },
      }),
    ).toHaveLength(3);
  });
});

describe('rules of a preflight that are right', () => {
  it('are plain data with every default, so that they can be sent to a function', () => {
    const rules = rulesFor({
      require: ['A', { any: ['B', { all: ['C', 'D'] }] }],
      conditional: [{ when: { variable: 'USE_LIVE_FEED', is: true }, require: 'FEED_URL' }],
      formats: { FEED_URL: 'url', PORT: { kind: 'integer', min: 1, max: 65_535 } },
      secrets: { database: ['username', 'password'] },
    });
    expect(rules).toEqual({
      require: ['A', { any: ['B', { all: ['C', 'D'] }] }],
      conditional: [{ when: { variable: 'USE_LIVE_FEED', is: true }, require: ['FEED_URL'] }],
      formats: { FEED_URL: { kind: 'url' }, PORT: { kind: 'integer', min: 1, max: 65_535 } },
      forbidden: { values: [], hosts: [], localHosts: true, except: [] },
      secrets: { database: ['username', 'password'] },
    });
    expect(PreflightRules.parse(JSON.parse(JSON.stringify(rules)))).toEqual(rules);
  });

  it('are none where nothing was declared', () => {
    expect(rulesFor(undefined)).toBeUndefined();
  });

  it.each([
    ['production', true],
    ['prod', true],
    ['production-eu', true],
    ['staging', false],
    ['products', false],
    ['pre-prod', false],
  ])('forbid localhost in an environment named %s: %s', (environment, forbidden) => {
    const others = { environments: { [environment]: {} } };
    expect(rulesFor({}, others)?.forbidden.localHosts).toBe(forbidden);
    expect(rulesFor({ forbidden: { localHosts: !forbidden } }, others)?.forbidden.localHosts).toBe(
      !forbidden,
    );
  });

  it('stay as they are when they are checked again', () => {
    const once = defineConfig(
      configWith({ conditional: [{ when: { variable: 'A', is: ['x'] }, require: 'B' }] }),
    );
    expect(defineConfig(once)).toEqual(once);
  });
});
