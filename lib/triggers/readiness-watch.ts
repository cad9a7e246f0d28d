import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { READY_METRIC } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import type { Steps } from '../steps/steps.ts';
import type { Stores } from '../stores/stores.ts';

const LOOK = Duration.minutes(15);
/** One look that was throttled wakes nobody up. */
const LOOKS = 2;

/** Services that are to be looked at all the time. */
export const watchedServices = ({ services }: Pick<NightshiftConfig, 'services'>): string[] =>
  Object.entries(services).flatMap(([name, { readiness }]) => (readiness.watched ? [name] : []));

/** Looks all the time whether services could be rolled back, so that somebody knows before the incident that one could not. */
export class ReadinessWatch extends Construct {
  /** An alarm for each service; they page. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, config: NightshiftConfig, steps: Steps, stores: Stores) {
    super(scope, id);
    const watched = watchedServices(config);
    if (watched.length === 0) {
      this.alarms = [];
      return;
    }
    new Schedule(this, 'WatchReadiness', {
      description: 'Looks whether every service could be rolled back now',
      schedule: ScheduleExpression.rate(LOOK),
      target: new LambdaInvoke(steps.get('watchReadiness').lambda, {
        deadLetterQueue: stores.undelivered,
        retryAttempts: 2,
        maxEventAge: LOOK,
      }),
    });
    this.alarms = watched.map(
      (name) =>
        new Alarm(this, `Ready-${name}`, {
          alarmName: `${config.name}-${name}-cannot-be-rolled-back`,
          alarmDescription: `If a release of ${name} went wrong now, it could not be rolled back, or that is not known. What to do: ${config.runbookPages}rollback-readiness.md`,
          metric: new Metric({
            namespace: 'Nightshift',
            metricName: READY_METRIC,
            dimensionsMap: { service: 'nightshift', target: `service/${name}` },
            statistic: 'Minimum',
            period: LOOK,
          }),
          threshold: 1,
          comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
          evaluationPeriods: LOOKS,
          datapointsToAlarm: LOOKS,
          // A figure that does not come is not known, and what is not known is not ready.
          treatMissingData: TreatMissingData.BREACHING,
        }),
    );
  }
}
