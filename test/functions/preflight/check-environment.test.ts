import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEnvironment } from '../../../functions/preflight/check-environment.ts';
import type { Given } from '../../../functions/preflight/environment.ts';
import type { Problem } from '../../../schemas/preflight/problem.ts';
import type { PreflightRules, Requirement } from '../../../schemas/preflight/rules.ts';

const NONE: PreflightRules = {
  require: [],
  conditional: [],
  formats: {},
  forbidden: { values: [], hosts: [], localHosts: false, except: [] },
  secrets: {},
};
const forbidding = (forbidden: Partial<PreflightRules['forbidden']>): PreflightRules => ({
  ...NONE,
  forbidden: { ...NONE.forbidden, ...forbidden },
});

/** A text is a value, an object says who will fill it in. */
const environmentOf = (variables: Record<string, string | Given>) =>
  new Map(
    Object.entries(variables).map(([name, given]) => [
      name,
      typeof given === 'string' ? { value: given } : given,
    ]),
  );
const problemsOf = (rules: Partial<PreflightRules>, variables: Record<string, string | Given>) =>
  checkEnvironment({ ...NONE, ...rules }, environmentOf(variables)).problems;

describe('checkEnvironment: what is required', () => {
  const required: Requirement[] = ['A', { any: ['B', { all: ['C', 'D'] }] }];

  it.each<[Record<string, string>, string[][]]>([
    [{}, [['A'], ['B', 'C', 'D']]],
    [{ A: '1' }, [['B', 'C', 'D']]],
    [{ A: '1', C: '2' }, [['B', 'D']]],
    [{ A: '1', B: '2' }, []],
    [{ A: '1', C: '2', D: '3' }, []],
    [{ A: '', B: '2' }, [['A']]],
    [{ A: ' \t', B: '2' }, [['A']]],
  ])('with %j, %j are wanting', (variables, wanting) => {
    const problems = problemsOf({ require: required }, variables);
    expect(problems.map((problem) => problem.variables.toSorted())).toEqual(wanting);
    expect(problems.every(({ verdict }) => verdict === 'fail')).toBe(true);
  });

  it('says which way out is the shortest, and what was found', () => {
    expect(problemsOf({ require: required }, { A: '1', C: '2', D: '' })).toEqual([
      {
        verdict: 'fail',
        rule: 'require[1]',
        variables: ['B', 'D'],
        expected: 'needs B or (C and D)',
        observed: 'B is not set, D is empty',
        hint: 'Set B, or D.',
      },
    ]);
  });

  it('tells each member of a group that is needed as a whole by itself', () => {
    const problems = problemsOf({ require: [{ all: ['A', { all: ['B', { any: ['C', 'D'] }] }] }] }, {});
    expect(problems.map(({ rule }) => rule)).toEqual([
      'require[0].all[0]',
      'require[0].all[1].all[0]',
      'require[0].all[1].all[1]',
    ]);
  });

  it('points out a name that resembles one that is wanting, and that no rule knows', () => {
    const [problem] = problemsOf(
      { require: ['DATABASE_URL'], formats: { DATABASE_URI: { kind: 'url' } } },
      { DATABASE_URI: 'https://db', DATABSE_URL: 'x' },
    );
    expect(problem?.hint).toBe('Set DATABASE_URL. There is DATABSE_URL: is DATABASE_URL meant?');
  });

  it('takes a variable that a secret fills in for set', () => {
    expect(
      problemsOf({ require: ['PASSWORD'] }, { PASSWORD: { suppliedBy: 'the secret database' } }),
    ).toEqual([]);
  });

  it('agrees with the plain meaning of all and any, and its ways out work', () => {
    const name = fc.constantFrom('A', 'B', 'C', 'D', 'E');
    const { requirement } = fc.letrec<{ requirement: Requirement }>((tie) => ({
      requirement: fc.oneof(
        { maxDepth: 4 },
        name,
        fc.record({ all: fc.array(tie('requirement'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ any: fc.array(tie('requirement'), { minLength: 1, maxLength: 3 }) }),
      ),
    }));
    const meets = (rule: Requirement, set: ReadonlySet<string>): boolean =>
      typeof rule === 'string'
        ? set.has(rule)
        : 'all' in rule
          ? rule.all.every((member) => meets(member, set))
          : rule.any.some((member) => meets(member, set));
    fc.assert(
      fc.property(requirement, fc.uniqueArray(name), (rule, names) => {
        const set = new Set<string>(names);
        const problems = problemsOf(
          { require: [rule] },
          Object.fromEntries(names.map((each) => [each, '1'])),
        );
        expect(problems.length === 0).toBe(meets(rule, set));
        // The first way out of each problem, taken together, is a way out of all.
        for (const { hint } of problems)
          for (const each of hint.slice('Set '.length, hint.search(/, or |\./)).split(' and ')) set.add(each);
        expect(meets(rule, set)).toBe(true);
      }),
    );
  });
});

describe('checkEnvironment: what is required under a condition', () => {
  const flag = (value: string | Given | undefined, feed?: string) =>
    problemsOf(
      { conditional: [{ when: { variable: 'USE_LIVE_FEED', is: true }, require: ['FEED_URL'] }] },
      {
        ...(value === undefined ? {} : { USE_LIVE_FEED: value }),
        ...(feed === undefined ? {} : { FEED_URL: feed }),
      },
    ).map(({ verdict, rule, variables }) => [verdict, rule, ...variables]);

  it.each(['true', 'TRUE', '1', 'yes', 'on'])('wants the others when the flag is %s', (value) => {
    expect(flag(value)).toEqual([['fail', 'conditional[0].require[0]', 'FEED_URL']]);
    expect(flag(value, 'https://feed')).toEqual([]);
  });
  it.each(['false', '0', 'No', 'off', '', undefined])('wants nothing when it is %s', (value) => {
    expect(flag(value)).toEqual([]);
  });
  it('does not guess what another word means', () => {
    expect(flag('maybe')).toEqual([['fail', 'conditional[0].when', 'USE_LIVE_FEED']]);
  });
  it('does not know where a secret fills the flag in, unless the others are there anyway', () => {
    expect(flag({ suppliedBy: 'a secret' })).toEqual([['unknown', 'conditional[0].require[0]', 'FEED_URL']]);
    expect(flag({ suppliedBy: 'a secret' }, 'https://feed')).toEqual([]);
  });

  it('compares values as they are', () => {
    const conditional = [{ when: { variable: 'MODE', is: ['live', 'replay'] }, require: ['FEED_URL'] }];
    expect(problemsOf({ conditional }, { MODE: 'replay' })[0]?.expected).toBe(
      'must be set when MODE is live or replay',
    );
    expect(problemsOf({ conditional }, { MODE: 'Replay' })).toEqual([]);
    expect(problemsOf({ conditional }, { MODE: 'off' })).toEqual([]);
  });
});

describe('checkEnvironment: formats', () => {
  const formats = { PORT: { kind: 'integer', min: 1, max: 65_535 } } as const;

  it('asks nothing of what is not set', () => {
    expect(problemsOf({ formats }, { PORT: '' })).toEqual([]);
  });
  it('does not know a value that a secret fills in', () => {
    expect(problemsOf({ formats }, { PORT: { suppliedBy: 'a secret' } })).toMatchObject([
      { verdict: 'unknown', rule: 'formats.PORT' },
    ]);
  });
  it('says what is wanted and what kind was found', () => {
    expect(problemsOf({ formats }, { PORT: '80800' })).toMatchObject([
      {
        verdict: 'fail',
        variables: ['PORT'],
        expected: 'must be a whole number from 1 to 65535',
        observed: 'found a whole number that is too large',
      },
    ]);
  });
});

describe('checkEnvironment: what is forbidden', () => {
  const rulesOf = (rules: PreflightRules, value: string) =>
    problemsOf(rules, { V: value }).map(({ verdict, rule }) => `${verdict} ${rule}`);

  it.each([
    ['change-me', 'fail forbidden.values'],
    ['postgres://app:changeme@db/app', 'fail forbidden.values'],
    ['postgres://app:change%2Dme@db/app', 'fail forbidden.values'],
    ['redis://:todo@cache:6379', 'fail forbidden.values'],
    ['https://${HOST}/feed', 'warn forbidden.values'],
  ])('%j: %s', (value, problem) => {
    expect(rulesOf(NONE, value)).toEqual([problem]);
    expect(rulesOf(forbidding({ except: ['V'] }), value)).toEqual([]);
  });

  it.each(['postgres://todo:word@db/todo', 'costs $5', '$HOME', 'a change', '50%'])('%j passes', (value) => {
    expect(rulesOf(NONE, value)).toEqual([]);
  });

  it('forbids what the team forbids', () => {
    expect(rulesOf(forbidding({ values: ['dummy'] }), 'Dummy')).toEqual(['fail forbidden.values']);
    expect(
      rulesOf(forbidding({ hosts: ['db.staging.example.com'] }), 'postgres://DB.staging.example.com/a'),
    ).toEqual(['fail forbidden.hosts']);
  });

  it('forbids this machine in production alone', () => {
    expect(rulesOf(forbidding({ localHosts: true }), 'http://localhost:4318')).toEqual([
      'fail forbidden.hosts',
    ]);
    expect(rulesOf(NONE, 'http://localhost:4318')).toEqual([]);
    expect(rulesOf(forbidding({ localHosts: true, except: ['V'] }), 'http://localhost:4318')).toEqual([]);
  });
});

describe('checkEnvironment: as a whole', () => {
  it('answers with the gravest of all checks, and failures come first', () => {
    const rules = { ...NONE, require: ['A', 'B'], formats: { A: { kind: 'url' } as const } };
    const other: Problem = {
      verdict: 'warn',
      rule: 'env-file',
      variables: [],
      line: 1,
      expected: '',
      observed: '',
      hint: '',
    };
    const check = (variables: Record<string, string | Given>, others = [other]) =>
      checkEnvironment(rules, environmentOf(variables), others);
    expect(check({ A: 'https://a', B: '1' }, [])).toEqual({ verdict: 'pass', passed: 5, problems: [] });
    expect(check({ A: 'https://a', B: '1' }).verdict).toBe('warn');
    expect(check({ A: { suppliedBy: 'a secret' }, B: '1' }).verdict).toBe('unknown');
    const failed = check({ A: { suppliedBy: 'a secret' } });
    expect(failed.verdict).toBe('fail');
    expect(failed.problems.map(({ verdict }) => verdict)).toEqual(['fail', 'unknown', 'warn']);
  });

  it('never says a value', () => {
    const rules: PreflightRules = {
      require: ['MISSING'],
      conditional: [{ when: { variable: 'V0', is: true }, require: ['MISSING'] }],
      formats: {
        V1: { kind: 'integer' },
        V2: { kind: 'one-of', values: ['a', 'b'] },
        V3: { kind: 'json' },
        V4: { kind: 'pattern', pattern: 'q' },
        V5: { kind: 'url', schemes: ['https'] },
        V6: { kind: 'email' },
      },
      forbidden: { values: [], hosts: [], localHosts: true, except: [] },
      secrets: { database: ['username'] },
    };
    const secret = fc
      .tuple(
        fc.constantFrom('', 'postgres://u:changeme@localhost/', '${', '{"a":', 'true', '12'),
        fc.stringMatching(/^[0-9a-zA-Z]{16,40}$/),
        fc.constantFrom('', '}', '\n', '"', ' '),
      )
      .map(([before, core, after]) => ({ core, value: `${before}${core}${after}` }));
    fc.assert(
      fc.property(fc.array(secret, { minLength: 7, maxLength: 9 }), (secrets) => {
        const result = checkEnvironment(
          rules,
          new Map(secrets.map(({ value }, index) => [`V${index}`, { value }])),
        );
        expect(result.problems.length).toBeGreaterThan(4);
        const text = JSON.stringify(result);
        for (const { core } of secrets) expect(text).not.toContain(core);
      }),
    );
  });
});
