import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import type { Steps } from '../steps/steps.ts';
import type { Stores } from '../stores/stores.ts';

/** Who watches the watchman: alarms on Nightshift itself, each with a link to what to do. */
export class SelfAlarms extends Construct {
  /** @param others further alarms that page */
  constructor(
    scope: Construct,
    id: string,
    config: NightshiftConfig,
    steps: Steps,
    stores: Stores,
    others: readonly Alarm[],
  ) {
    super(scope, id);
    const page = `${config.runbookPages}nightshift-itself.md`;
    const shared = {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    };
    const alarms = [
      new Alarm(this, 'Undelivered', {
        ...shared,
        alarmName: `${config.name}-undelivered`,
        alarmDescription: `An event could not be delivered to a runbook. What to do: ${page}`,
        metric: stores.undelivered.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      }),
      new Alarm(this, 'ReaperFails', {
        ...shared,
        alarmName: `${config.name}-reaper-fails`,
        alarmDescription: `A dead run could not be closed; its lock may still be held. What to do: ${page}`,
        metric: steps.get('reapRun').lambda.metricErrors({ period: Duration.minutes(5) }),
      }),
      ...others,
    ];
    for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(stores.pages));
    stores.pages.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [stores.pages.topicArn],
        conditions: { ArnEquals: { 'aws:SourceArn': alarms.map(({ alarmArn }) => alarmArn) } },
      }),
    );
  }
}
