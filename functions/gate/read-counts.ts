import type { ErrorBudgetPolicy } from '../../schemas/gate.ts';
import type { CloudWatchMetric } from '../../schemas/health.ts';
import type { MetricData, Window } from '../cloudwatch/judge-window.ts';
import { readMetrics } from '../cloudwatch/read-metrics.ts';
import type { CountedPeriod } from './error-budget.ts';

/** Datapoints of the load balancer are there after about a minute. Seconds. */
const LATE_SECONDS = 120;
/** The youngest days, for burn rates; and what was before them, which CloudWatch keeps with either period for as long as is needed. */
const FINE_SECONDS = 300;
const COARSE_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** What was counted in the window of a budget. */
export interface CountedWindow {
  readonly periods: readonly CountedPeriod[];
  readonly start: Date;
  readonly end: Date;
  /** CloudWatch has told all that it has. */
  readonly complete: boolean;
}

/** The parts of a window: hours at first, and periods of five minutes as far back as the longest burn rate looks. */
export function partsOf(
  { windowDays, burnRates }: Pick<ErrorBudgetPolicy, 'windowDays' | 'burnRates'>,
  now: Date,
): { readonly coarse: Window; readonly fine: Window } {
  const seconds = now.getTime() / 1000 - LATE_SECONDS;
  const end = Math.floor(seconds / FINE_SECONDS) * FINE_SECONDS;
  const wholeHour = (at: number) => Math.floor(at / COARSE_SECONDS) * COARSE_SECONDS;
  const start = wholeHour(end - windowDays * DAY_SECONDS);
  const longest = Math.max(COARSE_SECONDS, ...burnRates.map(({ longSeconds }) => longSeconds));
  const border = Math.max(start, wholeHour(end - longest));
  const window = (from: number, to: number, periodSeconds: number): Window => ({
    start: new Date(from * 1000),
    end: new Date(to * 1000),
    periodSeconds,
  });
  return { coarse: window(start, border, COARSE_SECONDS), fine: window(border, end, FINE_SECONDS) };
}

/**
 * Reads what the load balancer has counted of a service.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 */
export async function readCounts(
  { loadBalancer, targetGroup }: { readonly loadBalancer: string; readonly targetGroup: string },
  policy: ErrorBudgetPolicy,
  now: Date,
  signal: AbortSignal,
): Promise<CountedWindow> {
  const metric = (name: string, ofTargets = true): CloudWatchMetric => ({
    namespace: 'AWS/ApplicationELB',
    metric: name,
    // What the balancer itself answers is not told by target group.
    dimensions: { LoadBalancer: loadBalancer, ...(ofTargets ? { TargetGroup: targetGroup } : {}) },
    statistic: 'Sum',
  });
  const metrics = {
    requests: metric('RequestCount'),
    targets: metric('HTTPCode_Target_5XX_Count'),
    balancer: metric('HTTPCode_ELB_5XX_Count', false),
  };
  const { coarse, fine } = partsOf(policy, now);
  const parts = [coarse, fine].filter(({ start, end }) => start < end);
  const read = await Promise.all(parts.map((window) => readMetrics(metrics, window, signal)));
  return {
    periods: read.flatMap(({ requests, targets, balancer }) => periodsOf(requests, [targets, balancer])),
    start: coarse.start,
    end: fine.end,
    complete: read.every((data) => Object.values(data).every(({ complete }) => complete)),
  };
}

/** One entry for each period of which anything is told. A datapoint that is told twice, on two pages, counts once. */
export function periodsOf(requests: MetricData, errors: readonly MetricData[]): CountedPeriod[] {
  const byTime = ({ datapoints }: MetricData) =>
    new Map(datapoints.map(({ at, value }) => [at.getTime(), value]));
  const all = byTime(requests);
  const failed = errors.map(byTime);
  const times = new Set([...all.keys(), ...failed.flatMap((one) => [...one.keys()])]);
  return [...times]
    .toSorted((left, right) => left - right)
    .map((time) => ({
      at: new Date(time),
      requests: all.get(time) ?? 0,
      errors: failed.reduce((sum, one) => sum + (one.get(time) ?? 0), 0),
    }));
}
