import type { HealthPolicy } from '../../../schemas/health.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { type MetricData, windowBefore } from '../../cloudwatch/judge-window.ts';
import { readMetrics } from '../../cloudwatch/read-metrics.ts';
import { finding } from '../findings.ts';
import type { Part } from '../look-at-all.ts';
import { judgeErrors } from './judge-errors.ts';

/** Datapoints of the load balancer are there after about a minute. Seconds. */
export const LATE_SECONDS = 120;
export const PERIOD_SECONDS = 300;
const CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

/** Errors as the load balancer has counted them (P-06), where the configuration names one. */
export function balancerParts(
  target: ServiceTarget,
  { windowSeconds, countLimit }: HealthPolicy['errors'],
): Part[] {
  const { loadBalancer, targetGroup } = target;
  if (loadBalancer === undefined || targetGroup === undefined) return [];
  const metric = (name: string, ofTargets = true) => ({
    namespace: 'AWS/ApplicationELB',
    metric: name,
    // What the balancer itself answers is not told by target group.
    dimensions: { LoadBalancer: loadBalancer, ...(ofTargets ? { TargetGroup: targetGroup } : {}) },
    statistic: 'Sum',
  });
  const limits = {
    ratioPercent: target.errorRatioLimitPercent,
    minimumRequests: target.minimumRequests,
    countLimit,
    windowSeconds,
  };
  const part: Part = {
    kind: 'error ratio',
    check: 'error ratio',
    expected: `at most ${target.errorRatioLimitPercent} % errors`,
    look: async (signal) => {
      const periods = Math.max(1, Math.round(windowSeconds / PERIOD_SECONDS));
      const window = windowBefore(new Date(), LATE_SECONDS, PERIOD_SECONDS, periods);
      const data = await readMetrics(
        {
          requests: metric('RequestCount'),
          '2xx': metric('HTTPCode_Target_2XX_Count'),
          '3xx': metric('HTTPCode_Target_3XX_Count'),
          '4xx': metric('HTTPCode_Target_4XX_Count'),
          '5xx': metric('HTTPCode_Target_5XX_Count'),
          balancer: metric('HTTPCode_ELB_5XX_Count', false),
        },
        window,
        signal,
      );
      const { ratio, count } = judgeErrors(
        {
          requests: data.requests.datapoints.length === 0 ? undefined : sum(data.requests),
          classes: Object.fromEntries(CLASSES.map((name) => [name, sum(data[name])])),
          balancerErrors: sum(data.balancer),
          complete: Object.values(data).every(({ complete }) => complete),
        },
        limits,
      );
      return [finding('error ratio', 'error ratio', ratio), finding('error ratio', 'error count', count)];
    },
  };
  return [part];
}

/** Nothing is told where there is nothing to count. */
function sum({ datapoints }: MetricData): number {
  return datapoints.reduce((total, { value }) => total + value, 0);
}
