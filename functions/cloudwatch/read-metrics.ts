import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchMetric } from '../../schemas/health.ts';
import { client } from '../clients.ts';
import type { Datapoint, MetricData, Window } from './judge-window.ts';

const cloudwatch = client(CloudWatchClient);
/** A day of minutes of five metrics fits into one page. */
const MOST_PAGES = 5;

/**
 * Reads metrics over a window, each under its own key. One that CloudWatch has not told to the end is not complete; one that does not exist
 * has no datapoints.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export async function readMetrics<Key extends string>(
  metrics: Readonly<Record<Key, CloudWatchMetric>>,
  window: Window,
  signal: AbortSignal,
): Promise<Record<Key, MetricData>> {
  const keys = Object.keys(metrics) as Key[];
  const queries = keys.map(
    (key, index): MetricDataQuery => ({
      // An id begins with a lower-case letter.
      Id: `m${index}`,
      MetricStat: {
        Metric: {
          Namespace: metrics[key].namespace,
          MetricName: metrics[key].metric,
          Dimensions: Object.entries(metrics[key].dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
        Period: window.periodSeconds,
        Stat: metrics[key].statistic,
      },
    }),
  );
  const found = new Map<string, { datapoints: Datapoint[]; status: string | undefined }>();
  let next: string | undefined;
  let pages = 0;
  do {
    const { MetricDataResults = [], NextToken } = await cloudwatch().send(
      new GetMetricDataCommand({
        StartTime: window.start,
        EndTime: window.end,
        MetricDataQueries: queries,
        ...(next === undefined ? {} : { NextToken: next }),
      }),
      { abortSignal: signal },
    );
    for (const { Id = '', Timestamps = [], Values = [], StatusCode } of MetricDataResults) {
      const before = found.get(Id)?.datapoints ?? [];
      const datapoints = Timestamps.map((at, index) => ({ at, value: Values[index] ?? Number.NaN }));
      found.set(Id, { datapoints: [...before, ...datapoints], status: StatusCode });
    }
    next = NextToken;
    pages += 1;
  } while (next !== undefined && pages < MOST_PAGES);
  const read = (index: number): MetricData => {
    const { datapoints = [], status } = found.get(`m${index}`) ?? {};
    // Of what is no number nothing can be summed up.
    const whole = status === 'Complete' && datapoints.every(({ value }) => Number.isFinite(value));
    return { datapoints, complete: next === undefined && whole };
  };
  return Object.fromEntries(keys.map((key, index) => [key, read(index)])) as Record<Key, MetricData>;
}
