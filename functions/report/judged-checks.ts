import type { Verdict } from '../../schemas/finding.ts';
import type { Check } from '../../schemas/run.ts';

/** So many names stand in a sentence. */
const NAMED = 12;
/** What is not well is told in full in so many characters; of more there is a list in the report. */
const TOLD = 300;

/** One sign for each verdict, the same in reports, in notices and on terminals. */
export const MARKS: Readonly<Record<Verdict, string>> = { pass: '✓', warn: '⚠', unknown: '?', fail: '✗' };

/** In the order in which a person has to know of them. */
const GRAVEST_FIRST: readonly Verdict[] = ['fail', 'unknown', 'warn', 'pass'];

/** How a check ended; one that says no more has passed or failed. */
export const verdictOf = ({ verdict, passed }: Pick<Check, 'verdict' | 'passed'>): Verdict =>
  verdict ?? (passed ? 'pass' : 'fail');

/** Checks apart by how they ended, each part in its own order. */
export type Judged = Readonly<Record<Verdict, readonly Check[]>>;

export function judged(checks: readonly Check[]): Judged {
  const of = (wanted: Verdict) => checks.filter((check) => verdictOf(check) === wanted);
  return { pass: of('pass'), warn: of('warn'), unknown: of('unknown'), fail: of('fail') };
}

/** What is not simply well, gravest first. */
export function notWell(checks: readonly Check[]): Check[] {
  const apart = judged(checks);
  return GRAVEST_FIRST.filter((verdict) => verdict !== 'pass').flatMap((verdict) => apart[verdict]);
}

/** `5 of 11 checks failed, 2 have no result`; empty where all passed. */
export function tally(checks: readonly Check[]): string {
  const { fail, unknown } = judged(checks);
  const areUnknown = `${unknown.length === 1 ? 'has' : 'have'} no result`;
  if (fail.length === 0)
    return unknown.length === 0 ? '' : `${unknown.length} of ${counted(checks.length)} ${areUnknown}`;
  return `${fail.length} of ${counted(checks.length)} failed${unknown.length === 0 ? '' : `, ${unknown.length} ${areUnknown}`}`;
}

/** What failed or is not known, in a sentence: a few in full, of more how many and which. Empty where all passed. */
export function inBrief(checks: readonly Check[]): string {
  const { fail, unknown } = judged(checks);
  const bad = [...fail, ...unknown];
  const full = bad
    .map((one) => `${one.name}${verdictOf(one) === 'unknown' ? ' is not known' : ''}: ${one.measured}`)
    .join('; ');
  return full.length <= TOLD ? full : `${tally(checks)} (${namesOf(bad)})`;
}

/** `1 check`, `8 checks`. */
export const counted = (count: number, what = 'check'): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Names of checks in one line. */
export function namesOf(checks: readonly Pick<Check, 'name'>[]): string {
  const rest = checks.length - NAMED;
  return `${checks
    .slice(0, NAMED)
    .map(({ name }) => name)
    .join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** `Yes: all 8 checks passed.`, or with the warnings; for checks of which none failed and none is unknown. */
export function fineWords(checks: readonly Check[]): string {
  const { pass, warn } = judged(checks);
  if (warn.length === 0)
    return pass.length === 1 ? 'Yes: the one check passed.' : `Yes: all ${pass.length} checks passed.`;
  const [first] = warn;
  const told = warn.length === 1 && first ? `${first.name}: ${first.measured}` : namesOf(warn);
  const others = pass.length === 1 ? 'The other check' : `The other ${pass.length} checks`;
  return `Yes, with ${counted(warn.length, 'warning')}: ${told}.${pass.length === 0 ? '' : ` ${others} passed.`}`;
}
