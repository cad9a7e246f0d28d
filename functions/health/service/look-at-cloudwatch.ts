import type { CloudWatchCheck, CloudWatchMetric } from '../../../schemas/health.ts';
import { judgeWindow, windowBefore } from '../../cloudwatch/judge-window.ts';
import { readMetrics } from '../../cloudwatch/read-metrics.ts';
import { finding } from '../findings.ts';
import type { Part } from '../look-at-all.ts';
import { LATE_SECONDS } from './look-at-balancer.ts';

/** The configuration's own assertions on metrics of CloudWatch. */
export function cloudWatchParts(checks: readonly CloudWatchCheck[]): Part[] {
  return checks.map(({ of, to, periodSeconds, periods, assertion }) => {
    const check = `cloudwatch: ${assertion.name}`;
    return {
      kind: 'cloudwatch',
      check,
      expected: 'its metric can be read',
      look: async (signal) => {
        const window = windowBefore(new Date(), LATE_SECONDS, periodSeconds, periods);
        const wanted: Record<string, CloudWatchMetric> = { of, ...(to === undefined ? {} : { to }) };
        const { of: data = NOTHING, to: below } = await readMetrics(wanted, window, signal);
        return [finding('cloudwatch', check, judgeWindow(assertion, window, data, below))];
      },
    };
  });
}

const NOTHING = { datapoints: [], complete: false };
