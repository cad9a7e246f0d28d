import type { Judgement } from '../../schemas/finding.ts';
import type { BurnRateLimit, ErrorBudgetPolicy } from '../../schemas/gate.ts';
import { duration } from '../report/timings.ts';

/** What a load balancer counted in some time. */
export interface Counts {
  readonly requests: number;
  readonly errors: number;
}

/** A period and what was counted in it; a period without requests may be missing. */
export interface CountedPeriod extends Counts {
  /** Its beginning. */
  readonly at: Date;
}

/** Shares are counted in millionths, and so without rounding: four digits of a percentage. */
const WHOLE = 1_000_000;
const DAY_MILLISECONDS = 86_400_000;

/** How many of a million requests may fail. */
export function allowedOfAMillion(objectivePercent: number): number {
  return Math.round((100 - objectivePercent) * (WHOLE / 100));
}

/** What was counted from one instant up to, and without, another. */
export function countedBetween(periods: readonly CountedPeriod[], from: Date, to: Date): Counts {
  const inside = periods.filter(({ at }) => at >= from && at < to);
  const errors = inside.reduce((sum, one) => sum + one.errors, 0);
  const requests = inside.reduce((sum, one) => sum + one.requests, 0);
  // What the balancer refused by itself is no request of a target, and failed all the same.
  return { requests: Math.max(requests, errors), errors };
}

/** How much of the budget was spent, 1 being all of it; how fast, 1 being as fast as spends it exactly in its window. NaN without requests. */
export function spentShare({ requests, errors }: Counts, objectivePercent: number): number {
  return requests === 0 ? Number.NaN : (errors * WHOLE) / (requests * allowedOfAMillion(objectivePercent));
}

/** Whether nothing is left: exactly spent is spent. In whole numbers, for 0.1 % of 1000 requests is one. */
export function isSpent({ requests, errors }: Counts, objectivePercent: number): boolean {
  return errors * WHOLE >= requests * allowedOfAMillion(objectivePercent);
}

/** How many of the days up to an instant have requests, from 0 to 1. */
export function coveredShare(periods: readonly CountedPeriod[], windowDays: number, end: Date): number {
  const days = new Set(
    periods
      .filter(({ requests }) => requests > 0)
      .map(({ at }) => Math.ceil((end.getTime() - at.getTime()) / DAY_MILLISECONDS))
      .filter((day) => day >= 1 && day <= windowDays),
  );
  return days.size / windowDays;
}

/** Judges what is left of the budget in its window. */
export function judgeBudget(
  counts: Counts,
  covered: number,
  { objectivePercent, windowDays, minimumRequests, coverage }: ErrorBudgetPolicy,
): Judgement {
  const expected = `a part left of the ${percent(100 - objectivePercent)} that may fail in ${windowDays} days`;
  const say = (verdict: Judgement['verdict'], observed: string): Judgement => ({
    verdict,
    observed,
    expected,
  });
  const { requests, errors } = counts;
  if (requests < minimumRequests)
    return say('unknown', `${requests} requests prove nothing, ${minimumRequests} are needed`);
  if (covered < coverage)
    return say(
      'unknown',
      `only ${Math.round(covered * windowDays)} of ${windowDays} days have requests: the rest is not known`,
    );
  const left = 1 - spentShare(counts, objectivePercent);
  const of = `${errors} of ${requests} requests failed`;
  return isSpent(counts, objectivePercent)
    ? say('fail', `it is spent${left < 0 ? `, and ${percent(-100 * left)} more` : ''}: ${of}`)
    : say('pass', `${percent(100 * left)} is left: ${of}`);
}

/**
 * Judges how fast the budget is being spent: too fast is what is above the limit in the long window and, still, in the short one.
 *
 * @see https://sre.google/workbook/alerting-on-slos/
 */
export function judgeBurnRate(
  long: Counts,
  short: Counts,
  limit: BurnRateLimit,
  { objectivePercent, minimumRequests }: Pick<ErrorBudgetPolicy, 'objectivePercent' | 'minimumRequests'>,
): Judgement {
  const { longSeconds, shortSeconds, rate, verdict } = limit;
  const above = (counts: Counts): boolean | undefined =>
    counts.requests < minimumRequests ? undefined : spentShare(counts, objectivePercent) > rate;
  const word = (counts: Counts) =>
    above(counts) === undefined
      ? `not known of ${counts.requests} requests`
      : `${Number(spentShare(counts, objectivePercent).toPrecision(3))}`;
  const observed = `${word(long)} in ${duration(longSeconds)}, ${word(short)} in ${duration(shortSeconds)}`;
  const expected = `at most ${rate} times as fast as spends the budget in its window`;
  const both = [above(long), above(short)];
  // One that is not above is enough, whatever the other is.
  if (both.includes(false)) return { verdict: 'pass', observed, expected };
  return { verdict: both.includes(undefined) ? 'unknown' : verdict, observed, expected };
}

/** Two digits where it is small: of 0.01 % nothing must be rounded away. */
function percent(value: number): string {
  return `${Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3))} %`;
}
