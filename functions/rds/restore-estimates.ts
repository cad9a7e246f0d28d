import type { RunRecord } from '../../schemas/run.ts';
import { median } from '../http/health-answer.ts';
import { recentRuns } from '../run/run-record.ts';

/** AWS says 15 to 30 minutes, however small the database is; used until a restore of it has been measured. Seconds. */
const FIRST_RESTORE_SECONDS = 1800;
const RUNBOOKS = new Set(['restore-database', 'restore-drill']);

export interface ExpectedSeconds {
  readonly seconds: number;
  /** How many earlier runs it is the median of; 0: an estimate. */
  readonly runs: number;
}

/** What a restore of a target is expected to take, from its finished restores and drills since an instant. */
export async function expectedRestoreSeconds(target: string, since: Date): Promise<ExpectedSeconds> {
  return medianOfRestores(await recentRuns(target, since));
}

/** The median of finished restores. Runs that waited for a person are left out: they measure the person. */
export function medianOfRestores(
  runs: ReadonlyArray<Pick<RunRecord, 'run' | 'acted' | 'outcome' | 'closedAt' | 'approval' | 'plan'>>,
): ExpectedSeconds {
  const seconds = runs.flatMap(({ run, acted, outcome, closedAt, approval, plan }) =>
    RUNBOOKS.has(run.runbook) &&
    acted &&
    outcome === 'verified' &&
    closedAt !== undefined &&
    approval === undefined &&
    plan?.observed.restores === true
      ? [(Date.parse(closedAt) - Date.parse(run.startedAt)) / 1000]
      : [],
  );
  return seconds.length === 0
    ? { seconds: FIRST_RESTORE_SECONDS, runs: 0 }
    : { seconds: Math.round(median(seconds)), runs: seconds.length };
}

/** Roughly what an instance of size `large` costs by the hour at list prices, in US dollars, by family. */
const LARGE_USD_PER_HOUR: Readonly<Record<string, number>> = { t: 0.13, m: 0.17, r: 0.25, x: 0.5 };
const SMALLER_THAN_LARGE: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2 };
const GIGABYTE_USD_PER_HOUR = 0.115 / 730;

/**
 * Roughly what an instance costs by the hour in US dollars: for an order of magnitude, not for an invoice.
 *
 * @see https://aws.amazon.com/rds/postgresql/pricing/
 */
export function hourlyUsd(instance: {
  readonly instanceClass: string;
  readonly allocatedGigabytes: number;
  readonly multiAz: boolean;
}): number {
  const [, family = '', size = ''] = instance.instanceClass.split('.');
  const large = LARGE_USD_PER_HOUR[family[0] ?? ''] ?? (LARGE_USD_PER_HOUR.x as number);
  const times = SMALLER_THAN_LARGE[size] ?? (size === 'large' ? 1 : 2 * (Number.parseInt(size, 10) || 1));
  const one = large * times + instance.allocatedGigabytes * GIGABYTE_USD_PER_HOUR;
  return instance.multiAz ? 2 * one : one;
}
