import { AwsError } from '../../contract.ts';
import { evaluateMetricMath } from './metric-math.ts';
import type { MetricStore, Series } from './metric-store.ts';
import { isStillTold } from './retention.ts';

/** One entry of `Metrics` in an alarm or of `MetricDataQueries`. */
export interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly Label?: string;
  readonly Period?: number;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace?: string;
      readonly MetricName?: string;
      readonly Dimensions?: ReadonlyArray<{ Name: string; Value: string }>;
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

export const dimensionMap = (dimensions: ReadonlyArray<{ Name: string; Value: string }> | undefined) =>
  Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name, Value]));

/** The period of a set of queries, in seconds: the longest of its metrics. */
export function periodOf(queries: readonly MetricQuery[]): number {
  return Math.max(...queries.map((query) => query.MetricStat?.Period ?? query.Period ?? 0), 1);
}

/**
 * Evaluates queries and expressions over `[from, to)`; expressions may refer to each other in any order.
 *
 * @param now decides which datapoints are too old to be told
 */
export function runQueries(
  store: MetricStore,
  queries: readonly MetricQuery[],
  from: number,
  to: number,
  now = to,
): Map<string, Series> {
  const results = new Map<string, Series>();
  const byId = new Map(queries.map((query) => [query.Id, query]));
  const run = (id: string, path: readonly string[]): Series => {
    const known = results.get(id);
    if (known) return known;
    const query = byId.get(id);
    if (!query)
      throw new AwsError('ValidationError', `The expression refers to '${id}', which is not a query.`);
    if (path.includes(id))
      throw new AwsError(
        'ValidationError',
        `The expressions refer to each other in a circle: ${[...path, id].join(' → ')}.`,
      );
    const series = query.MetricStat
      ? metric(store, query.MetricStat, from, to, now)
      : expression(query, id, path);
    results.set(id, series);
    return series;
  };
  const expression = (query: MetricQuery, id: string, path: readonly string[]): Series => {
    const names = [...new Set(query.Expression?.match(/\b[a-z]\w*\b/g) ?? [])].filter((name) =>
      byId.has(name),
    );
    const used = /METRICS\(\)/.test(query.Expression ?? '')
      ? queries.filter(({ MetricStat }) => MetricStat).map(({ Id }) => Id)
      : names;
    const inputs = Object.fromEntries(used.map((name) => [name, run(name, [...path, id])]));
    const period = periodOf(queries) * 1000;
    const periods: number[] = [];
    for (let at = Math.floor(from / period) * period; at < to; at += period) if (at >= from) periods.push(at);
    try {
      return evaluateMetricMath(query.Expression ?? '', inputs, periods);
    } catch (error) {
      throw new AwsError('ValidationError', `Error in expression '${id}': ${(error as Error).message}`);
    }
  };
  for (const query of queries) run(query.Id, []);
  return results;
}

function metric(
  store: MetricStore,
  stat: NonNullable<MetricQuery['MetricStat']>,
  from: number,
  to: number,
  now: number,
): Series {
  const key = {
    namespace: stat.Metric.Namespace ?? '',
    name: stat.Metric.MetricName ?? '',
    dimensions: dimensionMap(stat.Metric.Dimensions),
  };
  const series = store.series(key, from, to, stat.Period, stat.Stat);
  return new Map([...series].filter(([at]) => isStillTold(now - at, stat.Period)));
}
