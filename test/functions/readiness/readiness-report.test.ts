import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readinessLine, readinessReport } from '../../../functions/readiness/readiness-report.ts';
import type { Finding, Verdict } from '../../../schemas/finding.ts';
import { READINESS_QUESTIONS } from '../../../schemas/readiness.ts';
import { ReadinessReport } from '../../../schemas/readiness-report.ts';

const AT = new Date('2026-11-21T08:00:00Z');
const API = { name: 'api' };
const found = (check: string, verdict: Verdict, observed = `${check} was looked at`): Finding => ({
  check,
  verdict,
  observed,
  expected: 'all well',
  at: AT.toISOString(),
});
const verdict = fc.constantFrom<Verdict>('pass', 'warn', 'unknown', 'fail');
const findings = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...READINESS_QUESTIONS), verdict), {
    selector: ([question]) => question,
  })
  .map((some) => some.map(([question, one]) => found(question, one)));

describe('a report of readiness', () => {
  it('is ready only where something was looked at, nothing failed and nothing is unknown', () => {
    fc.assert(
      fc.property(findings, (some) => {
        const report = readinessReport(API, some, [], AT);
        const well = some.every((one) => one.verdict === 'pass' || one.verdict === 'warn');
        expect(report.passed).toBe(some.length > 0 && well);
        expect(report.passed).toBe(!report.line.includes('NOT ready'));
        expect(report.checks.every(({ passed }) => passed)).toBe(well);
        expect(ReadinessReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
      }),
    );
  });

  it('accepts what is unknown only where that was said, and never a failure', () => {
    fc.assert(
      fc.property(findings, fc.subarray([...READINESS_QUESTIONS]), (some, accepted) => {
        const { findings: judged } = readinessReport(API, some, accepted, AT);
        for (const { check, verdict: before } of some) {
          const after = judged.find((one) => one.check === check)?.verdict;
          const let_ = before === 'unknown' && (accepted as string[]).includes(check);
          expect(after).toBe(let_ ? 'warn' : before);
        }
      }),
    );
  });

  it('is in the order of the questions', () => {
    const some = ['lock', 'service', 'revision'].map((check) => found(check, 'pass'));
    expect(readinessReport(API, some, [], AT).findings.map(({ check }) => check)).toEqual([
      'service',
      'revision',
      'lock',
    ]);
  });

  it.each([
    [
      [found('revision', 'pass', 'api:12, good since 2026-11-01T03:00:00Z'), found('switch', 'warn', 'off')],
      'service/api is ready to be rolled back: api:12, good since 2026-11-01T03:00:00Z; switch: off',
    ],
    [
      [found('revision', 'warn', 'api:11, and api:12 is gone')],
      'service/api is ready to be rolled back: api:11, and api:12 is gone',
    ],
    [
      [found('drill', 'unknown', 'there was none'), found('image', 'fail', 'it is gone')],
      'service/api is NOT ready to be rolled back: image: it is gone; drill not known: there was none',
    ],
    [[], 'service/api is NOT ready to be rolled back: nothing was looked at'],
  ])('has one line for the morning', (some, line) => {
    const passed = some.length > 0 && some.every((one) => one.verdict === 'pass' || one.verdict === 'warn');
    expect(readinessLine('service/api', passed, some)).toBe(line);
  });

  it('has no endless line', () => {
    const some = [found('image', 'fail', 'x'.repeat(1000))];
    expect(readinessLine('service/api', false, some)).toHaveLength(300);
  });
});
