import type { Judgement } from '../../schemas/finding.ts';
import type { Drill } from '../rds/drill-record.ts';
import type { SnapshotFacts } from '../rds/list-snapshots.ts';
import { isGood, isOwn, type Ownership } from '../rds/retention.ts';
import { duration } from '../report/timings.ts';

/** Clocks of AWS and of this function may differ by so much, in milliseconds. */
const SKEW_MILLISECONDS = 300_000;
const DAY_SECONDS = 86_400;

/** Judges whether the newest proved snapshot of a database is young enough. */
export function judgeSnapshotAge(
  snapshots: readonly SnapshotFacts[],
  ownership: Ownership,
  maxAgeSeconds: number,
  now: Date,
): Judgement {
  const expected = `a snapshot of ${ownership.database} that was proved, at most ${duration(maxAgeSeconds)} old`;
  const newest = (some: readonly SnapshotFacts[]) =>
    some
      .filter(({ takenAt }) => takenAt !== null)
      .toSorted((left, right) => Date.parse(right.takenAt ?? '') - Date.parse(left.takenAt ?? ''))[0];
  const good = newest(snapshots.filter((one) => isGood(one, ownership)));
  const own = newest(snapshots.filter((one) => isOwn(one, ownership)));
  const unproved = own === undefined || own === good ? '' : `${own.identifier} ${whyNotGood(own)}`;
  if (good === undefined)
    return {
      verdict: 'fail',
      observed: ['there is none that was proved', ...(unproved === '' ? [] : [unproved])].join('; '),
      expected,
    };
  const age = ageOf(good.takenAt ?? '', now);
  if (age === undefined)
    return { verdict: 'unknown', observed: `${good.identifier} has data of the future`, expected };
  return {
    verdict: age <= maxAgeSeconds ? 'pass' : 'fail',
    observed: `${good.identifier} is ${duration(age)} old${unproved === '' ? '' : `; ${unproved}`}`,
    expected,
  };
}

const whyNotGood = ({ status }: SnapshotFacts): string =>
  status === 'available' ? 'was never proved good' : `is ${status}`;

/** Judges whether a restore of a database was tried lately, and held. */
export function judgeDrillAge(
  database: string,
  drills: readonly Drill[],
  drillDays: number,
  now: Date,
): Judgement {
  const expected = `a restore drill of ${database} that passed in the last ${drillDays} days`;
  const passed = drills.find((drill) => drill.passed);
  const [last] = drills;
  if (passed === undefined)
    return last === undefined
      ? { verdict: 'unknown', observed: 'there was none: nobody knows whether it can be restored', expected }
      : { verdict: 'fail', observed: `none has passed; the last one failed on ${day(last.at)}`, expected };
  const age = ageOf(passed.at, now);
  if (age === undefined)
    return {
      verdict: 'unknown',
      observed: `one is said to have passed in the future (${passed.at})`,
      expected,
    };
  const since = last === undefined || last === passed ? '' : `; one failed since, on ${day(last.at)}`;
  const young = age <= drillDays * DAY_SECONDS;
  return {
    verdict: young ? (since === '' ? 'pass' : 'warn') : 'fail',
    observed: `one passed on ${day(passed.at)}, ${daysAgo(age)}${since}`,
    expected,
  };
}

function daysAgo(age: number): string {
  const days = Math.floor(age / DAY_SECONDS);
  return days === 0 ? 'less than a day ago' : `${days} ${days === 1 ? 'day' : 'days'} ago`;
}

const day = (at: string) => at.slice(0, 10);

/** Seconds since an instant; undefined for what is no time, or lies ahead. */
function ageOf(at: string, now: Date): number | undefined {
  const age = now.getTime() - Date.parse(at);
  return age >= -SKEW_MILLISECONDS ? Math.max(0, Math.floor(age / 1000)) : undefined;
}
