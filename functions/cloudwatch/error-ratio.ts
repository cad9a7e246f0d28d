import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Check } from '../../schemas/run.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { client } from '../clients.ts';

const cloudwatch = client(CloudWatchClient);
const PERIOD_SECONDS = 60;

export interface Counts {
  readonly requests: number;
  readonly errors: number;
}

/** Whole minutes that began at or after `steadyAt` and have ended: a minute that saw the old release proves nothing. */
export function freshWindow(steadyAt: Date, now: Date): { start: Date; end: Date } {
  const period = PERIOD_SECONDS * 1000;
  return {
    start: new Date(Math.ceil(steadyAt.getTime() / period) * period),
    end: new Date(Math.floor(now.getTime() / period) * period),
  };
}

/** A check with the reason for its answer: `too few` requests and a ratio that is `too high` both fail to prove health. */
export interface ErrorRatioCheck extends Check {
  readonly proof: 'low enough' | 'too high' | 'too few';
}

/** Judges the counts; too few requests prove nothing. */
export function judgeErrorRatio(
  { requests, errors }: Counts,
  limits: Pick<ServiceTarget, 'errorRatioLimitPercent' | 'minimumRequests'>,
  now: Date,
): ErrorRatioCheck {
  const at = now.toISOString();
  if (requests < limits.minimumRequests) {
    return {
      name: 'error ratio',
      passed: false,
      proof: 'too few',
      measured: `${requests} requests since the change prove nothing, ${limits.minimumRequests} are needed`,
      at,
    };
  }
  const percent = (100 * errors) / requests;
  const passed = percent <= limits.errorRatioLimitPercent;
  return {
    name: 'error ratio',
    passed,
    proof: passed ? 'low enough' : 'too high',
    measured: `${percent.toFixed(2)} % of ${requests} requests failed, limit ${limits.errorRatioLimitPercent} %`,
    at,
  };
}

/** Whether the balancer's counts of a service can be read: the configuration names its load balancer. */
export function measuresErrorRatio(target: ServiceTarget): boolean {
  return target.targetGroup !== undefined && target.loadBalancer !== undefined;
}

/** Requests and 5xx answers in the whole minutes since an instant (ISO 8601), as the load balancer counted them. */
export async function readCounts(target: ServiceTarget, since: string): Promise<Counts> {
  const { start, end } = freshWindow(new Date(since), new Date());
  if (end <= start) return { requests: 0, errors: 0 };
  const dimensions = [
    { Name: 'LoadBalancer', Value: target.loadBalancer },
    { Name: 'TargetGroup', Value: target.targetGroup },
  ];
  const query = (Id: string, MetricName: string, Dimensions = dimensions): MetricDataQuery => ({
    Id,
    MetricStat: {
      Metric: { Namespace: 'AWS/ApplicationELB', MetricName, Dimensions },
      Period: PERIOD_SECONDS,
      Stat: 'Sum',
    },
  });
  const { MetricDataResults = [] } = await cloudwatch().send(
    new GetMetricDataCommand({
      StartTime: start,
      EndTime: end,
      MetricDataQueries: [
        query('requests', 'RequestCount'),
        query('targets', 'HTTPCode_Target_5XX_Count'),
        // What the balancer itself answers is not told by target group.
        query('balancer', 'HTTPCode_ELB_5XX_Count', dimensions.slice(0, 1)),
      ],
    }),
  );
  const sum = (id: string) =>
    (MetricDataResults.find(({ Id }) => Id === id)?.Values ?? []).reduce((total, value) => total + value, 0);
  return { requests: sum('requests'), errors: sum('targets') + sum('balancer') };
}
