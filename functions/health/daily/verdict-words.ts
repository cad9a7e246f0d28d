import type { Verdict } from '../../../schemas/finding.ts';

/** How a target or a check is, in a report. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  fail: 'broken',
  unknown: 'not known',
  warn: 'warning',
  pass: 'as it must be',
};
