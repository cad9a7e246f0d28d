import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeKeptReadiness } from '../../../functions/gate/judge-kept-readiness.ts';
import { judgeReport } from '../../../functions/gate/judge-report.ts';
import type { ReportedCheck } from '../../../schemas/gate.ts';

const NOW = new Date('2026-11-21T03:00:00Z');
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();
const requirement = { check: 'staging-migrated', maxAgeSeconds: 3600 };
const reported = (seconds: number, change: Partial<ReportedCheck> = {}): ReportedCheck => ({
  check: 'staging-migrated',
  passed: true,
  at: secondsAgo(seconds),
  by: 'pipeline',
  ...change,
});

describe('a reported check', () => {
  it.each([
    ['was never reported', undefined, 'unknown', 'it was never reported'],
    [
      'passed lately',
      reported(600, { evidence: 'https://ci.example.com/42' }),
      'pass',
      'passed 10 min ago, by pipeline: https://ci.example.com/42',
    ],
    ['passed just lately enough', reported(3600), 'pass', 'passed 1 h ago, by pipeline'],
    ['passed too long ago', reported(3601), 'unknown', 'too old: passed 1 h ago, by pipeline'],
    ['failed', reported(60, { passed: false }), 'fail', 'failed 60 s ago, by pipeline'],
    ['failed long ago', reported(86_400, { passed: false }), 'fail', 'failed 24 h ago, by pipeline'],
    ['is a little ahead of this clock', reported(-120), 'pass', 'passed 0 s ago, by pipeline'],
    [
      'is of the future',
      reported(-121),
      'unknown',
      'its report is of 2 min 1 s in the future, by pipeline: a clock is wrong',
    ],
    [
      'failed in the future',
      reported(-3600, { passed: false }),
      'unknown',
      'its report is of 1 h in the future, by pipeline: a clock is wrong',
    ],
    [
      'has no time',
      reported(0, { at: 'yesterday' }),
      'unknown',
      'the time of its report cannot be read, by pipeline',
    ],
    [
      'is valid for longer',
      reported(600, { validUntil: secondsAgo(-1) }),
      'pass',
      'passed 10 min ago, by pipeline',
    ],
    [
      'is valid no longer',
      reported(600, { validUntil: secondsAgo(1) }),
      'unknown',
      'no longer valid since 2026-11-21T02:59:59: passed 10 min ago, by pipeline',
    ],
    [
      'is valid until nobody knows',
      reported(600, { validUntil: 'soon' }),
      'unknown',
      'no longer valid since soon: passed 10 min ago, by pipeline',
    ],
  ] as const)('that %s', (_how, report, verdict, observed) => {
    expect(judgeReport(requirement, report, NOW)).toEqual({
      verdict,
      observed,
      expected: 'staging-migrated passed in the last 1 h',
    });
  });

  it('proves nothing unless it passed, lately, and not in the future', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 10_000 }), fc.boolean(), (seconds, passed) => {
        const { verdict } = judgeReport(requirement, reported(seconds, { passed }), NOW);
        expect(verdict === 'pass').toBe(passed && seconds >= -120 && seconds <= 3600);
      }),
    );
  });
});

describe('the newest look at readiness', () => {
  const kept = (seconds: number, ready = true) => ({
    at: secondsAgo(seconds),
    ready,
    line: 'service/api is so',
  });
  it.each([
    [undefined, 'unknown', 'nobody has looked yet: run rollback-readiness'],
    [kept(60), 'pass', 'service/api is so (60 s ago)'],
    [kept(60, false), 'fail', 'service/api is so (60 s ago)'],
    [kept(1801), 'unknown', 'the last look is 30 min 1 s old: run rollback-readiness'],
    [kept(1801, false), 'unknown', 'the last look is 30 min 1 s old: run rollback-readiness'],
    [kept(-600), 'unknown', 'the last look is of a wrong time (2026-11-21T03:10:00.000Z)'],
    [{ ...kept(0), at: 'now' }, 'unknown', 'the last look is of a wrong time (now)'],
  ] as const)('%j is judged so', (one, verdict, observed) => {
    expect(judgeKeptReadiness(one, 1800, NOW)).toMatchObject({ verdict, observed });
  });
});
