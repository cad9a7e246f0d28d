import { describe, expect, it } from 'vitest';
import { readinessReport } from '../../../functions/readiness/readiness-report.ts';
import { readinessWords } from '../../../functions/readiness/readiness-words.ts';
import type { Finding, Verdict } from '../../../schemas/finding.ts';
import { READINESS_QUESTIONS } from '../../../schemas/readiness.ts';
import { aDatabaseConnection } from './a-database-connection.ts';

const AT = new Date('2026-11-21T08:00:00Z');
const found = (verdicts: Record<string, Verdict>): Finding[] =>
  Object.entries(verdicts).map(([check, verdict]) => ({
    check,
    verdict,
    observed: `${check} was looked at`,
    expected: 'all well',
    at: AT.toISOString(),
  }));
const report = (verdicts: Record<string, Verdict>) =>
  readinessReport({ name: 'api', database: aDatabaseConnection('main') }, found(verdicts), [], AT);
const words = (verdicts: Record<string, Verdict>) => readinessWords('api', report(verdicts));

describe('the words of readiness', () => {
  it.each<[Record<string, Verdict>, string, RegExp]>([
    [{ service: 'pass', lock: 'pass' }, 'api is ready to be rolled back', /^Yes: all 2 checks passed\.$/],
    [
      { service: 'pass', switch: 'warn' },
      'api is ready to be rolled back, with 1 warning',
      /^Yes, with 1 warning: switch: /,
    ],
    [
      { snapshot: 'fail', drill: 'unknown', lock: 'pass' },
      'api is NOT ready to be rolled back: snapshot, drill',
      /^No: 1 of 3 checks failed, 1 has no result\./,
    ],
    [
      { drill: 'unknown', lock: 'pass' },
      'Whether api could be rolled back is not known: drill',
      /does not count as ready/,
    ],
    [{}, 'Whether api could be rolled back is not known: nothing was looked at', /^Nobody can tell/],
  ])('of %j', (verdicts, title, fine) => {
    expect(words(verdicts)).toMatchObject({ title, fine: expect.stringMatching(fine) });
  });

  it('name what to type for what is missing of its database', () => {
    const next = Object.fromEntries(
      report({ snapshot: 'fail', drill: 'unknown', lock: 'pass' }).checks.map((check) => [
        check.name,
        check.next,
      ]),
    );
    expect(next).toEqual({
      snapshot: '`nightshift run snapshot-database --database main`',
      drill: '`nightshift run restore-drill --database main`',
      lock: undefined,
    });
  });

  it('have something to do for everything that can be missing but the service itself', () => {
    const { checks } = report(Object.fromEntries(READINESS_QUESTIONS.map((one) => [one, 'fail' as const])));
    expect(checks.filter(({ next }) => next === undefined).map(({ name }) => name)).toEqual(['service']);
  });
});
