import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alike } from '../../../../functions/health/daily/alike.ts';
import { dayEvidence } from '../../../../functions/health/daily/day-evidence.ts';
import { daySections } from '../../../../functions/health/daily/day-sections.ts';
import { WHOLE_CHECK } from '../../../../functions/health/daily/judge-targets.ts';
import { readinessLine } from '../../../../functions/health/daily/read-readiness-lines.ts';
import { STARTED } from '../../../../functions/health/daily/started-words.ts';
import { tellDay } from '../../../../functions/health/daily/tell-day.ts';
import { redact } from '../../../../functions/step/redact.ts';
import { DatabaseHealthSchema } from '../../../../lib/config/database-health-schema.ts';
import { ServiceHealthSchema } from '../../../../lib/config/health-schema.ts';
import type { JudgedTarget, StartedRun } from '../../../../schemas/daily-health.ts';
import { Verdict } from '../../../../schemas/finding.ts';
import { AT, aDay, aFinding, judged, NOW } from './a-day.ts';

const many = (count: number, verdict: Verdict, first = 0) =>
  Array.from({ length: count }, (_, index) => judged(`service/s${first + index}`, verdict));
const ROLL_BACK = aFinding('fail', { runbook: 'roll-back-service', observed: '/ready answered 503' });
const notLookedAt = (target: string) =>
  judged(target, 'unknown', aFinding('unknown', { check: WHOLE_CHECK, observed: 'it did not end in time' }));
const run = (name: string, change: Partial<StartedRun> = {}): StartedRun => ({
  runbook: 'roll-back-service',
  kind: 'service',
  name,
  because: ['readiness'],
  ...change,
});
const section = (day: Parameters<typeof daySections>[0], title: RegExp, runs: StartedRun[] = []) =>
  daySections(day, runs).find((one) => title.test(one.title));

describe('the title', () => {
  it.each<[string, JudgedTarget[]]>([
    ['Nothing is declared, so nothing was looked at', []],
    ['All 14 are as they must be', many(14, 'pass')],
    ['s0 is as it must be', many(1, 'pass')],
    ['s0 is broken', many(1, 'fail')],
    [
      '2 of 14 are broken: api, main',
      [judged('service/api', 'fail'), judged('database/main', 'fail'), ...many(12, 'pass')],
    ],
    ['1 of 2 is broken: service/main', [judged('service/main', 'fail'), judged('database/main', 'pass')]],
    [
      '40 of 500 are broken: s0, s1, s2 and 37 more; 10 could not be looked at',
      [...many(40, 'fail'), ...many(10, 'unknown', 40), ...many(450, 'pass', 50)],
    ],
    [
      'Nothing is known to be broken, but 1 of 14 could not be looked at: worker',
      [judged('service/worker', 'unknown'), ...many(13, 'pass')],
    ],
    ['None of 3 could be looked at, so nothing is known', many(3, 'unknown')],
    ['All 14 work; 2 have warnings', [...many(2, 'warn'), ...many(12, 'pass', 2)]],
  ])('%s', (title, targets) => expect(tellDay({ targets, readiness: [] }, []).title).toBe(title));
});

describe('what a person reads first', () => {
  const broken = [
    judged('service/api', 'fail', ROLL_BACK),
    judged('service/web', 'fail', aFinding('fail')),
    ...many(3, 'pass'),
  ];

  it('says what is broken, and what to do where nothing was started', () => {
    expect(tellDay({ targets: broken, readiness: [] }, [])).toEqual({
      title: '2 of 5 are broken: api, web',
      fine: 'No. api: readiness: /ready answered 503. web: readiness: it is fail.',
      next: 'Start `nightshift run roll-back-service --service api`. Look at readiness of web: no runbook handles it.',
    });
  });

  it('names the runs that were started', () => {
    expect(
      tellDay({ targets: broken, readiness: [] }, [run('api', { runId: 'roll-back-service-api-1' })]).next,
    ).toBe(
      'A roll-back of api was started: `nightshift watch roll-back-service-api-1`. Look at readiness of web: no runbook handles it.',
    );
  });

  it('says why nothing was started', () => {
    expect(
      tellDay({ targets: broken, readiness: [] }, [run('api', { whyNot: 'the switch is off' })]).next,
    ).toBe(
      'Nothing was started: the switch is off. Start `nightshift run roll-back-service --service api`. Look at readiness of web: no runbook handles it.',
    );
  });

  it('has a person look for what many have in common, and at what is not known', () => {
    const targets = [
      ...Array.from({ length: 4 }, (_, index) => judged(`service/s${index}`, 'fail', ROLL_BACK)),
      judged('service/worker', 'unknown'),
    ];
    const runs = targets.slice(0, 4).map((_, index) => run(`s${index}`, { whyNot: '4 are wanted at once' }));
    expect(tellDay({ targets, readiness: [] }, runs).next).toMatch(
      /^Nothing was started: 4 are wanted at once\. Look first for something that they have in common\. Start .*s2`, and so on, see below\. Find out why readiness of worker could not be looked at\.$/,
    );
  });

  it.each<[string, JudgedTarget[], string]>([
    ['pass', many(3, 'pass'), 'Nothing.'],
    ['warn', [...many(1, 'warn'), ...many(2, 'pass', 1)], 'Nothing at once. Look today at readiness of s0.'],
    [
      'unknown',
      [...many(1, 'unknown'), ...many(2, 'pass', 1)],
      'Find out why readiness of s0 could not be looked at. Until then nobody knows',
    ],
  ])('of what is %s tells what is to be done', (_what, targets, next) => {
    expect(tellDay({ targets, readiness: [] }, []).next).toContain(next);
  });

  it('tells of services that could not be rolled back, though nothing is broken yet', () => {
    const readiness = [
      { target: 'service/s0', ready: false, line: 's0 is NOT ready' },
      { target: 'service/s1', ready: true, line: 's1 is ready' },
      { target: 'service/s2', ready: null, line: 'nobody has looked' },
    ];
    const { title, next } = tellDay({ targets: many(3, 'pass'), readiness }, []);
    expect(title).toBe('All 3 are as they must be');
    expect(next).toBe(
      'Nothing at once. Should a release of s0 go wrong, it could not be rolled back: see below.',
    );
  });

  it('names each thing that is left to a person, gravest first, and nothing that a run was started for', () => {
    const targets = [
      judged(
        'service/api',
        'fail',
        aFinding('fail', { check: 'items', runbook: 'roll-back-service' }),
        aFinding('fail', { check: 'readiness', runbook: 'roll-back-service' }),
        aFinding('fail', {
          check: 'heartbeat: restock',
          observed: 'no line since 17:51:58 (192 s), 8 before',
        }),
      ),
      judged(
        'database/main',
        'fail',
        aFinding('fail', { check: 'migration head', runbook: 'recover-migration' }),
        aFinding('unknown', { check: 'login: demo/shop' }),
        aFinding('warn', { check: 'connections', observed: '33 of 97 connections are taken' }),
      ),
      notLookedAt('service/worker'),
    ];
    const { fine, next } = tellDay({ targets, readiness: [] }, [run('api', { runId: 'r1' })]);
    expect(fine).toMatch(
      /^No\. api: items: .*; heartbeat restock: no line since 17:51:58 \(192 s\), 8 before\. main: migration head: it is fail\.$/,
    );
    expect(next).toBe(
      [
        'A roll-back of api was started: `nightshift watch r1`.',
        'Start `nightshift run recover-migration --database main`.',
        'Look at heartbeat restock of api: no runbook handles it.',
        'Find out why login demo/shop of main; worker could not be looked at.',
        'Look later at connections of main, which only warns.',
      ].join(' '),
    );
  });

  it('leaves to a person what a started run only looks at', () => {
    const refused = aFinding('fail', {
      check: 'connectivity',
      runbook: 'validate-database',
      next: 'Compare the secret with the role.',
    });
    const targets = [judged('database/main', 'fail', refused), judged('service/api', 'pass')];
    const runs = [run('main', { runbook: 'validate-database', kind: 'database', runId: 'v1' })];
    expect(tellDay({ targets, readiness: [] }, runs).next).toBe(
      'A validation of main was started: `nightshift watch v1`. Mend connectivity of main yourself: a validation only looks. Compare the secret with the role.',
    );
    expect(tellDay({ targets, readiness: [] }, []).next).toBe(
      'Start `nightshift run validate-database --database main`.',
    );
    expect(section(aDay(targets), /What is not/, runs)?.table?.rows[0]?.at(-1)).toBe(
      'validate-database, started: `nightshift report v1`. Compare the secret with the role.',
    );
  });

  it('stays short whatever there is', () => {
    const names = Array.from({ length: 300 }, (_, index) => `check-${index}`);
    const targets = names.map((check, index) =>
      judged(
        `service/service-number-${index}`,
        'fail',
        aFinding('fail', { check, observed: 'x'.repeat(300) }),
        aFinding('fail', { check: `${check}-b`, runbook: 'roll-back-service' }),
        aFinding('unknown', { check }),
        aFinding('warn', { check }),
      ),
    );
    const runs = targets
      .slice(0, 9)
      .map((_, index) => run(`service-number-${index}`, { runId: 'r'.repeat(80) }));
    const { fine, next } = tellDay({ targets, readiness: [] }, runs);
    expect(fine.length).toBeLessThan(1200);
    expect(fine).toMatch(/595 more below\.$/);
    expect(next.length).toBeLessThan(1800);
    expect(next).toContain('So were 6 more, see below.');
    expect(next).toContain('; 295 more, see below');
  });

  it('has words for every runbook that may be started', () => {
    const startable = [ServiceHealthSchema, DatabaseHealthSchema].flatMap(
      ({ shape }) => shape.starts.unwrap().element.options as string[],
    );
    expect(startable.filter((runbook) => !Object.hasOwn(STARTED, runbook))).toEqual([]);
    expect(startable).toContain('validate-database');
  });

  it('is not cut by whoever redacts, whatever targets and logins are called', () => {
    const login = aFinding('fail', { check: 'login: shop/db-password', observed: 'the database is away' });
    const called = tellDay(
      { readiness: [], targets: [judged('service/auth-token', 'fail', login)] },
      [],
    ).fine;
    expect(redact(called)).toBe('No. (auth-token): (login shop/db-password): the database is away.');
    const secret = aFinding('fail', {
      check: 'secret',
      observed: 'the secret demo/master has no current version',
    });
    const { fine } = tellDay({ readiness: [], targets: [judged('database/main', 'fail', secret)] }, []);
    expect(redact(fine)).toBe('No. main: the secret demo/master has no current version.');
  });

  it('is never all right where something failed or is not known', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Verdict.options), { maxLength: 20 }), (verdicts) => {
        const targets = verdicts.map((verdict, index) => judged(`service/s${index}`, verdict));
        const bad = verdicts.filter((one) => one === 'fail' || one === 'unknown');
        const { title, fine } = tellDay({ targets, readiness: [] }, []);
        expect(fine.startsWith('Yes')).toBe(bad.length === 0 && verdicts.length > 0);
        expect(fine.startsWith('No.')).toBe(verdicts.includes('fail'));
        expect(title.includes('broken')).toBe(
          verdicts.includes('fail') || (bad.length > 0 && bad.length < verdicts.length),
        );
        const { passed, checks } = dayEvidence({ at: AT, targets });
        expect(passed).toBe(bad.length === 0);
        expect(checks.filter((one) => !one.passed)).toHaveLength(bad.length);
        expect(checks).not.toEqual([]);
      }),
    );
  });
});

describe('equal problems', () => {
  const of = (name: string, observed: string, change = {}) =>
    judged(`service/${name}`, 'fail', aFinding('fail', { observed, ...change }));

  it('are told once, whatever was measured and whatever the target is called', () => {
    const problems = alike([
      of('api', 'p95 of api is 812.5 ms of 20 samples'),
      of('web', 'p95 of web is 913 ms of 19 samples'),
    ]);
    expect(problems).toMatchObject([{ targets: ['service/api', 'service/web'] }]);
  });

  it.each([
    [of('api', '/ready answered 503'), of('web', '/ready answered 401')],
    [of('api', 'x', { runbook: 'a' }), of('web', 'x', { runbook: 'b' })],
    [of('api', 'x'), judged('database/main', 'fail', aFinding('fail', { observed: 'x' }))],
    [of('api', 'x'), judged('service/web', 'warn', aFinding('warn', { observed: 'x' }))],
  ])('are not those that differ: %#', (one, other) => expect(alike([one, other])).toHaveLength(2));

  it('leave nothing out', () => {
    const target = fc.nat({ max: 8 }).map((number) => `service/s${number}`);
    const bad = fc.array(
      fc.record({
        verdict: fc.constantFrom(...Verdict.options),
        observed: fc.constantFrom('a', 'b 1', 'b 2'),
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(target, bad), (found) => {
        const day = Object.entries(found).map(([name, all]) =>
          judged(name, 'fail', ...all.map(({ verdict, observed }) => aFinding(verdict, { observed }))),
        );
        const problems = alike(day);
        for (const { target: name, bad: all } of day)
          for (const { verdict, observed } of all)
            expect(
              problems.filter(
                ({ finding, targets }) =>
                  targets.includes(name) &&
                  finding.verdict === verdict &&
                  finding.observed[0] === observed[0],
              ),
            ).toHaveLength(1);
      }),
    );
  });
});

describe('the sections', () => {
  const api = judged('service/api', 'fail', ROLL_BACK);

  it('tell what was started, and what was not', () => {
    const day = aDay([api, ...many(2, 'pass')]);
    const lines = (...runs: StartedRun[]) => section(day, /started/, runs)?.lines;
    expect(lines(run('api', { runId: 'r1' }))).toEqual([
      'A roll-back of api, because of readiness: `nightshift report r1` tells how it ended.',
    ]);
    expect(
      lines(run('api', { whyNot: 'the switch is off' }), run('s0', { whyNot: 'the switch is off' })),
    ).toEqual(['NOT started: roll-back-service for api, s0: the switch is off.']);
    expect(lines()).toEqual([expect.stringContaining('Nothing: the configuration names no runbook')]);
    expect(section(aDay(many(2, 'pass')), /started/)).toBeUndefined();
  });

  it.each<[string, StartedRun[], string]>([
    ['is to be started', [], '`nightshift run roll-back-service --service api`'],
    ['was started', [run('api', { runId: 'r1' })], 'roll-back-service, started: `nightshift report r1`'],
    [
      'was not started',
      [run('api', { whyNot: 'the switch is off' })],
      '`nightshift run roll-back-service --service api`; not started: the switch is off',
    ],
  ])('name the runbook that %s', (_what, runs, words) => {
    expect(section(aDay([api]), /What is not/, runs)?.table?.rows).toEqual([
      ['broken', 'api', 'readiness', '/ready answered 503', 'it is ready', words],
    ]);
  });

  it('say what a person can do where no runbook does it', () => {
    const of = (...bad: JudgedTarget['bad']) =>
      section(aDay([judged('cache/hot', 'fail', ...bad)]), /What is not/)?.table?.rows.map((row) =>
        row.at(-1),
      );
    expect(of(aFinding('fail', { next: 'make it larger' }))).toEqual(['make it larger']);
    expect(of(aFinding('fail'), aFinding('unknown'))).toEqual(['no runbook: look at it', 'find out why']);
  });

  it('tell many targets with the same problem in one row', () => {
    const targets = Array.from({ length: 40 }, (_, index) => judged(`service/s${index}`, 'fail', ROLL_BACK));
    const rows = section(aDay(targets), /What is not/, [run('s0', { runId: 'r1' })])?.table?.rows;
    expect(rows).toHaveLength(1);
    expect(rows?.[0]?.[1]).toBe('40: s0, s1, s2, s3, s4 and 35 more');
    expect(rows?.[0]?.[5]).toBe(
      'roll-back-service, started for 1; for the others `nightshift run roll-back-service --service s1` and so on',
    );
  });

  it('tell what changed, and since when', () => {
    const day = aDay([api, ...many(2, 'pass')], {
      previous: { runId: 'before', at: '2026-11-18T08:00:05.000Z' },
      changes: [
        { change: 'as before', targets: ['service/s1'] },
        { change: 'still broken', targets: ['service/s2', 'service/s3'] },
        { change: 'newly broken', targets: ['service/api'] },
        { change: 'declared since', targets: ['service/s0'] },
        { change: 'no longer declared', targets: ['cache/api'] },
      ],
      within: [
        { target: 'service/s3', broken: ['readiness'], mended: ['login: demo/a', 'tasks'], unknown: ['b'] },
      ],
    });
    expect(section(day, /changed/)).toEqual({
      title: 'What changed since 2026-11-18 08:00 UTC',
      lines: [
        'The check before was 3.0 days ago.',
        'Newly broken: service/api.',
        'Still broken: s2, s3.',
        'Within s3: newly broken readiness; mended login demo/a, tasks; not known any more b.',
        'Declared since: s0 (as it must be).',
        'No longer declared: cache/api.',
        'As before: 1.',
      ],
    });
    const previous = { runId: 'before', at: '2026-11-20T08:00:05.000Z' };
    const same = aDay(many(2, 'pass'), {
      previous,
      changes: [{ change: 'as before', targets: ['service/s0'] }],
    });
    expect(section(same, /changed/)?.lines).toEqual(['Nothing: all is as it was.']);
    expect(section(aDay([]), /changed/)?.lines).toEqual(['There is no earlier check to compare with.']);
  });

  it('tell whether services could be rolled back, those that could not first', () => {
    const kept = (ready: boolean, ago: number) => ({
      ready,
      line: `service/x is ${ready}`,
      at: new Date(NOW.getTime() - ago * 1000).toISOString(),
    });
    const readiness = [
      readinessLine('service/a', kept(true, 60), NOW),
      readinessLine('service/b', kept(false, 7200), NOW),
      readinessLine('service/c', undefined, NOW),
      readinessLine('service/d', undefined, NOW),
    ];
    expect(section(aDay([api], { readiness }), /rolled back/)?.lines).toEqual([
      'service/x is false (2 h ago)',
      'service/x is true',
      'Not known, as nobody has looked lately: c, d.',
    ]);
  });
});
