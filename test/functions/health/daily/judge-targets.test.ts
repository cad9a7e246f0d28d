import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTargets } from '../../../../functions/health/daily/judge-targets.ts';
import { newestResults, resultOf } from '../../../../functions/health/daily/map-result.ts';
import { runName } from '../../../../functions/health/daily/run-name.ts';
import { wantedRuns } from '../../../../functions/health/daily/wanted-runs.ts';
import type { CheckedTarget } from '../../../../schemas/daily-health.ts';
import { gravest, Verdict } from '../../../../schemas/finding.ts';
import { aFinding, answering, aRecord, declared, failing, judged, NOW } from './a-day.ts';

const results = (...records: object[]) => newestResults(records.flatMap((record) => resultOf(record) ?? []));
const judge = (...records: object[]) => judgeTargets([declared('api')], [], results(...records), NOW);

describe('judging targets', () => {
  it('keeps what did not pass, gravest first', () => {
    const findings = [aFinding('warn'), aFinding('pass'), aFinding('fail'), aFinding('unknown')];
    expect(judge(aRecord('service/api', answering('service/api', findings, 'fail')))).toEqual([
      {
        target: 'service/api',
        verdict: 'fail',
        bad: [aFinding('fail'), aFinding('unknown'), aFinding('warn')],
        passed: 1,
        passing: ['readiness'],
      },
    ]);
  });

  it('tells the gravest first, and those alike as people count, in whichever order they were checked', () => {
    const database = { kind: 'database', name: 'a' } as CheckedTarget;
    const targets = [database, ...['s10', 's2', 'b'].map((name) => declared(name))];
    const judged = judgeTargets(
      targets,
      [],
      results(aRecord('service/b', answering('service/b', [aFinding('pass')]))),
      NOW,
    );
    expect(judged.map(({ target }) => target)).toEqual([
      'service/s2',
      'service/s10',
      'database/a',
      'service/b',
    ]);
  });

  it.each([
    ['without a result', [], 'there is no result of its check'],
    [
      'whose check failed',
      [aRecord('service/api', failing('States.Timeout', ''))],
      'its check did not end in time',
    ],
    [
      'of which nothing was looked at',
      [aRecord('service/api', answering('service/api', [], 'pass'))],
      'its check looked at nothing',
    ],
  ])('does not know a target %s', (_which, records, observed) => {
    expect(judge(...records)).toMatchObject([
      { target: 'service/api', verdict: 'unknown', bad: [{ verdict: 'unknown', observed }] },
    ]);
  });

  it('takes the newer of two results', () => {
    const failed = aRecord('service/api', failing('States.Timeout', ''));
    const again = { ...answering('service/api', [aFinding('pass')]), StopDate: '2026-11-21T08:03:00.000Z' };
    expect(judge(aRecord('service/api', again), failed)).toMatchObject([{ verdict: 'pass' }]);
  });

  it('leaves out what is not declared, and does not know what could not be read', () => {
    const other = aRecord('service/other', answering('service/other', [aFinding('fail')]));
    const unread = [{ target: 'service/new', why: 'its declaration cannot be read' }];
    expect(judgeTargets([], unread, results(other), NOW)).toMatchObject([
      { target: 'service/new', verdict: 'unknown', bad: [{ observed: 'its declaration cannot be read' }] },
    ]);
  });

  it('does not believe a report that is milder than its findings, and tells that findings are missing', () => {
    const mild = aRecord('service/api', answering('service/api', [aFinding('fail')], 'pass'));
    expect(judge(mild)).toMatchObject([{ verdict: 'fail' }]);
    const cut = aRecord('service/api', answering('service/api', [aFinding('warn')], 'fail'));
    expect(judge(cut)).toMatchObject([
      { verdict: 'fail', bad: [{ verdict: 'fail', observed: expect.stringContaining('did not fit') }, {}] },
    ]);
  });

  it('tells each declared target once, and never as better than its findings', () => {
    const verdict = fc.constantFrom(...Verdict.options);
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 12 }),
        fc.dictionary(name, fc.array(verdict, { maxLength: 30 })),
        (names, found) => {
          const records = Object.entries(found).map(([of, verdicts]) => {
            const findings = verdicts.map((one) => aFinding(one));
            return aRecord(`service/${of}`, answering(`service/${of}`, findings, gravest(verdicts)));
          });
          const all = judgeTargets(
            names.map((one) => declared(one)),
            [],
            results(...records),
            NOW,
          );
          expect(all.map(({ target }) => target).sort()).toEqual(names.map((one) => `service/${one}`).sort());
          for (const { target, verdict: told, bad } of all) {
            const verdicts = found[target.slice('service/'.length)] ?? [];
            expect(told).toBe(gravest(verdicts));
            expect(bad.length).toBeLessThanOrEqual(21);
            expect(told === 'pass').toBe(bad.length === 0);
          }
        },
      ),
    );
  });
});

describe('wanted runs', () => {
  const targets = [declared('api', ['roll-back-service']), declared('web')];
  const asks = (verdict: Verdict, check = 'readiness', runbook = 'roll-back-service') =>
    aFinding(verdict, { check, runbook });

  it('are one for each target and runbook that a failure names and the target lets start', () => {
    const bad = [
      asks('fail', 'a'),
      asks('fail', 'b'),
      asks('fail', 'c', 'validate-database'),
      aFinding('fail'),
    ];
    expect(
      wantedRuns(targets, [judged('service/api', 'fail', ...bad), judged('service/web', 'fail', ...bad)]),
    ).toEqual([{ runbook: 'roll-back-service', kind: 'service', name: 'api', because: ['a', 'b'] }]);
  });

  it.each(['warn', 'unknown', 'pass'] as const)('are none for what is %s', (verdict) => {
    expect(wantedRuns(targets, [judged('service/api', verdict, asks(verdict))])).toEqual([]);
  });

  it('name few reasons', () => {
    const bad = Array.from({ length: 20 }, (_, index) => asks('fail', `${index} ${'x'.repeat(300)}`));
    expect(JSON.stringify(wantedRuns(targets, [judged('service/api', 'fail', ...bad)])).length).toBeLessThan(
      300,
    );
  });

  it('have names of their own that AWS takes, and always the same', () => {
    const wanted = fc.record({
      runbook: fc.string({ minLength: 1, maxLength: 60 }),
      kind: fc.constantFrom('service' as const, 'database' as const),
      name: fc.string({ minLength: 1, maxLength: 60 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.constantFrom('monday', 'tuesday'), wanted), {
          selector: (one) => JSON.stringify(one),
        }),
        (all) => {
          const names = all.map(([by, one]) => runName(by, one));
          expect(new Set(names).size).toBe(names.length);
          for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
          expect(all.map(([by, one]) => runName(by, one))).toEqual(names);
        },
      ),
    );
    expect(runName('x', { runbook: 'roll-back-service', kind: 'service', name: 'api' })).toMatch(
      /^roll-back-service-api-[0-9a-f]{12}$/,
    );
  });
});
