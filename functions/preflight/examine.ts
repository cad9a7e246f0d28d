import type { Finding, Judgement, Verdict } from '../../schemas/finding.ts';
import type { Check } from '../../schemas/run.ts';
import { checkOf, letsPass } from '../health/check-of.ts';
import { gather } from '../health/gather.ts';
import type { Examined } from './state.ts';

/** A finding of now. */
export function found(
  check: string,
  { verdict, observed, expected, next }: Judgement,
  at = new Date(),
): Finding {
  return {
    check,
    verdict,
    observed,
    expected,
    ...(next === undefined ? {} : { next }),
    at: at.toISOString(),
  };
}

/** Findings about a target as evidence of a run, the gravest of them at least. */
export function examined(target: string, findings: readonly Finding[], at: Date): Examined {
  const report = gather(target, findings, at);
  const { verdict, omitted = 0 } = report;
  const checks = report.findings.map(checkOf);
  return {
    passed: letsPass(verdict),
    verdict,
    checks: omitted === 0 ? checks : [...checks, furtherOnes(omitted, checks, at)],
    report,
  };
}

/** The mildest findings are those that do not fit in: none is graver than the mildest of those that do. */
function furtherOnes(omitted: number, told: readonly Check[], at: Date): Check {
  const verdicts = told.map(({ verdict }) => verdict);
  const verdict = MILDEST_FIRST.find((one) => verdicts.includes(one)) ?? 'unknown';
  return {
    name: 'further findings',
    passed: letsPass(verdict),
    verdict,
    measured: `${omitted} more, none graver than those here, are left out`,
    at: at.toISOString(),
  };
}

const MILDEST_FIRST: readonly Verdict[] = ['pass', 'warn', 'unknown', 'fail'];
