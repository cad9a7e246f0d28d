import type { Finding, Verdict } from '../../schemas/finding.ts';
import type { Check } from '../../schemas/run.ts';

/** A warning lets pass; what is unknown does not. */
export const letsPass = (verdict: Verdict): boolean => verdict === 'pass' || verdict === 'warn';

/** A finding as evidence of a run. What was expected, and what to do, is told only where it is not so. */
export function checkOf({ check, verdict, observed, expected, next, at }: Finding): Check {
  const well = verdict === 'pass';
  return {
    name: check,
    passed: letsPass(verdict),
    verdict,
    measured: observed,
    ...(well ? {} : { expected }),
    ...(well || next === undefined ? {} : { next }),
    at,
  };
}
