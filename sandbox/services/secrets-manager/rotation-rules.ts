import { AwsError } from '../../contract.ts';
import { readSchedule } from '../scheduler/schedule-expression.ts';

/** `RotationRules` as the API has them. */
export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined;
  /** `rate(N hours)`, `rate(N days)` or `cron(…)`, UTC. */
  readonly ScheduleExpression?: string | undefined;
  /** Length of the window: `3h`. */
  readonly Duration?: string | undefined;
}

/** When a secret may be rotated, in sandbox milliseconds. */
export interface RotationWindow {
  readonly opensAt: number;
  readonly closesAt: number;
}

const HOUR_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 86_400_000;
/** How often and how seldom a secret can be rotated. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html */
const FEWEST_HOURS = 4;
const MOST_DAYS = { days: 1000, rate: 999 };
/** So many windows of a cron expression are checked for their length. */
const CHECKED_WINDOWS = 10;

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

/**
 * Windows open on the hour, in UTC, and end with the day at the latest.
 *
 * @throws AwsError `InvalidParameterException` for rules that Secrets Manager refuses
 */
export function checkRules(rules: RotationRules, now: number): void {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression, Duration } = rules;
  if (days !== undefined && expression !== undefined)
    throw invalid("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.");
  if (days === undefined && expression === undefined)
    throw invalid('RotationRules needs AutomaticallyAfterDays or ScheduleExpression.');
  if (days !== undefined && (!Number.isInteger(days) || days < 1 || days > MOST_DAYS.days))
    throw invalid(`AutomaticallyAfterDays is between 1 and ${MOST_DAYS.days}.`);
  const duration = durationOf(rules);
  if (Duration !== undefined && (duration === undefined || duration < 1 || duration > 24))
    throw invalid(`'${Duration}' is not a Duration: write 1h to 24h.`);
  if (expression !== undefined) checkExpression(expression, now);
  let at = now;
  for (let count = 0; count < CHECKED_WINDOWS; count += 1) {
    const window = nextWindow(rules, at, now);
    if (window === undefined) return;
    const following = nextWindow(rules, window.opensAt, now);
    const endOfDay = startOfDay(window.opensAt) + DAY_MILLISECONDS;
    if (window.closesAt > endOfDay)
      throw invalid('The rotation window must not extend into the next UTC day.');
    if (following !== undefined && window.closesAt > following.opensAt)
      throw invalid('The rotation window must not extend into the next rotation window.');
    at = window.opensAt;
  }
}

/** @throws AwsError for an expression that does not open windows on the hour */
function checkExpression(expression: string, now: number): void {
  const rate = rateOf({ ScheduleExpression: expression });
  if (rate) {
    const fits = rate.unit === 'hours' ? rate.value >= FEWEST_HOURS : rate.value >= 1;
    const days = rate.unit === 'hours' ? rate.value / 24 : rate.value;
    if (fits && days <= MOST_DAYS.rate) return;
    throw invalid(
      `'${expression}': a secret is rotated every ${FEWEST_HOURS} hours at the most, every ${MOST_DAYS.rate} days at the least.`,
    );
  }
  const [minutes, , , , , year] = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/) ?? [];
  if (minutes === undefined) throw invalid(`'${expression}' is neither rate(…) nor cron(…).`);
  if (minutes !== '0') throw invalid(`'${expression}': windows open on the hour, so the minutes are 0.`);
  if (year !== '*') throw invalid(`'${expression}': the sixth field, the year, is *.`);
  try {
    readSchedule(expression, 'UTC', now);
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

/**
 * The first window that opens after a moment.
 *
 * @param base when the secret was rotated last (or its value changed), or its rotation configured if that was later
 */
export function nextWindow(rules: RotationRules, after: number, base: number): RotationWindow | undefined {
  const rate = rateOf(rules);
  const opensAt = rate
    ? nextByRate(rate, after, base)
    : readSchedule(rules.ScheduleExpression as string, 'UTC', base).next(after);
  if (opensAt === undefined) return undefined;
  const hours = durationOf(rules);
  if (hours !== undefined) return { opensAt, closesAt: opensAt + hours * HOUR_MILLISECONDS };
  const closesAt = opensByHours(rules, rate)
    ? opensAt + HOUR_MILLISECONDS
    : startOfDay(opensAt) + DAY_MILLISECONDS;
  return { opensAt, closesAt };
}

interface Rate {
  readonly value: number;
  readonly unit: 'hours' | 'days';
}

function nextByRate({ value, unit }: Rate, after: number, base: number): number {
  if (unit === 'hours') {
    const period = value * HOUR_MILLISECONDS;
    // The first window of a day opens at midnight.
    const first = startOfDay(base);
    return first + (Math.floor((after - first) / period) + 1) * period;
  }
  const due = startOfDay(base) + value * DAY_MILLISECONDS;
  // What was missed is made up for on the next day.
  return due > after ? due : startOfDay(after) + DAY_MILLISECONDS;
}

function rateOf({ AutomaticallyAfterDays, ScheduleExpression }: RotationRules): Rate | undefined {
  if (AutomaticallyAfterDays !== undefined) return { value: AutomaticallyAfterDays, unit: 'days' };
  const [, value, unit] = /^rate\((\d+) (hour|day)s?\)$/.exec(ScheduleExpression ?? '') ?? [];
  return value === undefined ? undefined : { value: Number(value), unit: unit === 'hour' ? 'hours' : 'days' };
}

/** Whether the schedule is one of hours: its windows are an hour long unless told otherwise. */
function opensByHours({ ScheduleExpression }: RotationRules, rate: Rate | undefined): boolean {
  if (rate) return rate.unit === 'hours';
  return /^cron\(\s*\S+\s+\S*[/,*-]/.test(ScheduleExpression ?? '');
}

function durationOf({ Duration }: RotationRules): number | undefined {
  const hours = /^(\d{1,2})h$/.exec(Duration ?? '')?.[1];
  return hours === undefined ? undefined : Number(hours);
}

const startOfDay = (at: number) => Math.floor(at / DAY_MILLISECONDS) * DAY_MILLISECONDS;

/** The rules as DescribeSecret shows them: with the days between rotations where the schedule says them. */
export function showRules(rules: RotationRules): RotationRules {
  const rate = rateOf(rules);
  return rate?.unit === 'days' ? { ...rules, AutomaticallyAfterDays: rate.value } : rules;
}
