import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gather, LARGEST_REPORT } from '../../../functions/health/gather.ts';
import { type Finding, gravest, Verdict } from '../../../schemas/finding.ts';
import { CheckReport } from '../../../schemas/health.ts';

const AT = new Date('2025-03-03T08:00:00Z');
const one = (verdict: Verdict, check: string = verdict, observed = 'seen'): Finding => ({
  check,
  verdict,
  observed,
  expected: 'all is well',
  at: AT.toISOString(),
});

describe('a report of all checks', () => {
  it('has the gravest verdict, and the findings in their order', () => {
    const report = gather('service/api', [one('pass'), one('unknown'), one('warn')], AT);
    expect(report).toMatchObject({ target: 'service/api', at: AT.toISOString(), verdict: 'unknown' });
    expect(report.findings.map(({ check }) => check)).toEqual(['pass', 'unknown', 'warn']);
    expect(report).not.toHaveProperty('omitted');
  });

  it('knows nothing where nothing was looked at', () => {
    expect(gather('service/api', [], AT)).toMatchObject({ verdict: 'unknown', findings: [] });
  });

  it('leaves out what passed before what failed, and says how many', () => {
    const many = Array.from({ length: 200 }, (_, index) => one('pass', `pass ${index}`, 'ü'.repeat(200)));
    const report = gather('service/api', [...many, one('fail')], AT);
    expect(report.findings.at(-1)?.check).toBe('fail');
    expect(report.findings.length + (report.omitted ?? 0)).toBe(201);
    expect(report.omitted).toBeGreaterThan(0);
  });

  it('repeats no password that an answer told', () => {
    const report = gather('service/api', [one('fail', 'x', '$.dsn is "postgres://app:hunter2@db/app"')], AT);
    expect(JSON.stringify(report)).not.toContain('hunter2');
  });

  it('stays below 16 KiB whatever was found, and hides no failure behind what passed', () => {
    // Of one byte, of several, of two places, and such as JSON writes in six.
    const text = fc
      .tuple(fc.constantFrom('a', 'ü', '😀', '"', '\u0001', '\ud800'), fc.nat(700))
      .map(([character, length]) => character.repeat(length));
    const finding = fc.record({
      check: text,
      verdict: fc.constantFrom(...Verdict.options),
      observed: text,
      expected: text,
      at: fc.constant(AT.toISOString()),
    });
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 80 }), (findings) => {
        const report = CheckReport.parse(gather('service/api', findings, AT));
        expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(LARGEST_REPORT);
        expect(report.verdict).toBe(gravest(findings.map(({ verdict }) => verdict)));
        expect(report.findings.length + (report.omitted ?? 0)).toBe(findings.length);
        const count = (all: readonly Finding[], wanted: Verdict) =>
          all.filter(({ verdict }) => verdict === wanted).length;
        if (count(report.findings, 'pass') > 0)
          expect(count(report.findings, 'fail')).toBe(count(findings, 'fail'));
      }),
      { numRuns: 50 },
    );
  });
});
