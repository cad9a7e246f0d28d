import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { NightshiftConfig, ServiceConfig } from '../config/schema.ts';
import { alarmNames, hasLoadBalancer, metricDimensions } from '../config/targets.ts';

const NAMESPACE = 'AWS/ApplicationELB';
const MINUTE = Duration.minutes(1);

/** The alarms that Nightshift makes for a service behind a load balancer: error ratio (P-06) and unhealthy targets. */
export class ServiceAlarms extends Construct {
  constructor(scope: Construct, id: string, config: NightshiftConfig, name: string) {
    super(scope, id);
    const service = config.services[name] as ServiceConfig;
    if (!hasLoadBalancer(service)) return;
    const { loadBalancer = '', targetGroup = '' } = metricDimensions(service);
    const both = { LoadBalancer: loadBalancer, TargetGroup: targetGroup };
    const sum = (metricName: string, dimensionsMap: Record<string, string> = both) =>
      new Metric({ namespace: NAMESPACE, metricName, dimensionsMap, statistic: 'Sum', period: MINUTE });
    const names = alarmNames(config.name, name);
    const { errorRatioPercent, minimumRequests } = service.thresholds;
    const page = `${config.runbookPages}roll-back-service.md`;
    new Alarm(this, 'ErrorRatio', {
      alarmName: names.errorRatio,
      alarmDescription: `More than ${errorRatioPercent} % of the requests to ${name} fail with 5xx. Nightshift answers it: ${page}`,
      metric: new MathExpression({
        // Too few requests make no ratio; errors of the balancer itself are not told by target group.
        expression: `IF(requests >= ${minimumRequests}, 100 * (FILL(targets, 0) + FILL(balancer, 0)) / requests, 0)`,
        usingMetrics: {
          requests: sum('RequestCount'),
          targets: sum('HTTPCode_Target_5XX_Count'),
          balancer: sum('HTTPCode_ELB_5XX_Count', { LoadBalancer: loadBalancer }),
        },
        period: MINUTE,
        label: 'percentage of requests that fail',
      }),
      threshold: errorRatioPercent,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    new Alarm(this, 'UnhealthyTargets', {
      alarmName: names.unhealthyTargets,
      alarmDescription: `Targets of ${name} fail their health check. Nightshift answers it: ${page}`,
      metric: new Metric({
        namespace: NAMESPACE,
        metricName: 'UnHealthyHostCount',
        dimensionsMap: both,
        statistic: 'Minimum',
        period: MINUTE,
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Two whole minutes with no healthy sample between: a task that is being replaced is not an incident.
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
