import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { DRILL_METRIC } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import type { StepName, Steps } from '../steps/steps.ts';
import type { Stores } from '../stores/stores.ts';

/** Often enough for every day to have a figure, however the hours fall. */
const WATCH = Duration.hours(6);
const SWEEP = Duration.hours(1);

/** What looks after databases without being asked: the age of the last drill that passed, and what dead runs left behind. */
export class DatabaseUpkeep extends Construct {
  /** An alarm for each database, and for what watches them; they page. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, config: NightshiftConfig, steps: Steps, stores: Stores) {
    super(scope, id);
    const every = (name: string, description: string, interval: Duration, step: StepName) =>
      new Schedule(this, name, {
        description,
        schedule: ScheduleExpression.rate(interval),
        target: new LambdaInvoke(steps.get(step).lambda, {
          deadLetterQueue: stores.undelivered,
          retryAttempts: 2,
          maxEventAge: SWEEP,
        }),
      });
    const databases = Object.entries(config.databases);
    const overdue = databases.map(
      ([name, { restore }]) =>
        new Alarm(this, `Drill-${name}`, {
          alarmName: `${config.name}-${name}-no-drill-passed`,
          alarmDescription: `No restore drill of ${name} has passed for ${restore.drillDays} days: whether its backups can be restored is not known. What to do: ${config.runbookPages}restore-drill.md`,
          metric: new Metric({
            namespace: 'Nightshift',
            metricName: DRILL_METRIC,
            dimensionsMap: { service: 'nightshift', database: name },
            statistic: 'Maximum',
            period: Duration.days(1),
          }),
          threshold: restore.drillDays,
          comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
          evaluationPeriods: 1,
          // A figure that does not come is the failure of the function that counts, which has an alarm of its own.
          treatMissingData: TreatMissingData.IGNORE,
        }),
    );
    if (databases.length === 0) {
      this.alarms = [];
      return;
    }
    const fails = (name: string, alarmName: string, what: string, step: StepName) =>
      new Alarm(this, name, {
        alarmName: `${config.name}-${alarmName}`,
        alarmDescription: `${what} What to do: ${config.runbookPages}nightshift-itself.md`,
        metric: steps.get(step).lambda.metricErrors({ period: WATCH }),
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
    this.alarms = [
      ...overdue,
      fails(
        'WatchFails',
        'drill-watch-fails',
        'How long ago the last restore drill passed is not known.',
        'watchDrills',
      ),
      fails(
        'SweeperFails',
        'leftover-sweeper-fails',
        'Copies of databases that dead runs left behind are not deleted.',
        'sweepLeftovers',
      ),
    ];
    every('WatchDrills', 'Counts the days since a restore drill has passed', WATCH, 'watchDrills');
    every(
      'SweepLeftovers',
      'Deletes the copies of databases that dead runs left behind',
      SWEEP,
      'sweepLeftovers',
    );
  }
}
