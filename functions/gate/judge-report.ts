import type { Judgement } from '../../schemas/finding.ts';
import type { GateRequirement, ReportedCheck } from '../../schemas/gate.ts';
import { duration } from '../report/timings.ts';

/** Clocks of a pipeline and of this function may differ by so much, in milliseconds. */
export const SKEW_MILLISECONDS = 120_000;

/** Judges what was reported of a check: only what passed, and lately, proves anything. */
export function judgeReport(
  { check, maxAgeSeconds }: Pick<GateRequirement, 'check' | 'maxAgeSeconds'>,
  reported: ReportedCheck | undefined,
  now: Date,
): Judgement {
  const expected = `${check} passed in the last ${duration(maxAgeSeconds)}`;
  const say = (verdict: Judgement['verdict'], observed: string): Judgement => ({
    verdict,
    observed,
    expected,
  });
  if (reported === undefined) return say('unknown', 'it was never reported');
  const { passed, at, by, evidence, validUntil } = reported;
  const age = (now.getTime() - Date.parse(at)) / 1000;
  if (Number.isNaN(age)) return say('unknown', `the time of its report cannot be read, by ${by}`);
  const seconds = Math.floor(Math.abs(age));
  if (-age * 1000 > SKEW_MILLISECONDS)
    return say('unknown', `its report is of ${duration(seconds)} in the future, by ${by}: a clock is wrong`);
  const when = `${duration(Math.max(0, Math.floor(age)))} ago, by ${by}${evidence === undefined ? '' : `: ${evidence}`}`;
  // A failure stays one until somebody says otherwise.
  if (!passed) return say('fail', `failed ${when}`);
  if (age > maxAgeSeconds) return say('unknown', `too old: passed ${when}`);
  // What cannot be read as a time is not taken for one that is yet to come.
  if (validUntil !== undefined && !(Date.parse(validUntil) >= now.getTime()))
    return say('unknown', `no longer valid since ${validUntil.slice(0, 19)}: passed ${when}`);
  return say('pass', `passed ${when}`);
}
