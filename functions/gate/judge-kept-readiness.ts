import type { Judgement } from '../../schemas/finding.ts';
import { duration } from '../report/timings.ts';
import { SKEW_MILLISECONDS } from './judge-report.ts';

/** Judges the newest look at whether a service can be rolled back. */
export function judgeKeptReadiness(
  kept: { readonly at: string; readonly ready: boolean; readonly line: string } | undefined,
  maxAgeSeconds: number,
  now: Date,
): Judgement {
  const expected = `it can be rolled back, as was seen in the last ${duration(maxAgeSeconds)}`;
  const again = 'run rollback-readiness';
  if (kept === undefined)
    return { verdict: 'unknown', observed: `nobody has looked yet: ${again}`, expected };
  const age = Math.floor((now.getTime() - Date.parse(kept.at)) / 1000);
  if (!(age * 1000 >= -SKEW_MILLISECONDS))
    return { verdict: 'unknown', observed: `the last look is of a wrong time (${kept.at})`, expected };
  if (age > maxAgeSeconds)
    return { verdict: 'unknown', observed: `the last look is ${duration(age)} old: ${again}`, expected };
  return {
    verdict: kept.ready ? 'pass' : 'fail',
    observed: `${kept.line} (${duration(Math.max(0, age))} ago)`,
    expected,
  };
}
