import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ROTATION_OVERDUE_METRIC } from '../../schemas/names.ts';
import type { NightshiftConfig } from '../config/schema.ts';
import { rotatingSecrets } from '../config/secret-targets.ts';
import { secretArn } from '../config/targets.ts';
import { keepersOf } from '../steps/keepers.ts';
import type { Steps } from '../steps/steps.ts';
import type { Stores } from '../stores/stores.ts';
import { DELIVERY } from './delivery.ts';

const LOOK = Duration.hours(1);
/** A figure comes every hour; three may be late. */
const WATCH = Duration.hours(4);

/**
 * What connects secrets with their keepers, and looks after them: Secrets Manager may call the keeper, its events let waiting runs go on, and
 * every hour old values whose time is over are retired. Secrets Manager itself rotates nothing by its own schedule: it would not redeploy
 * anybody.
 */
export class SecretUpkeep extends Construct {
  /** An alarm for each secret that has a due date, and for what watches them; they page. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, config: NightshiftConfig, steps: Steps, stores: Stores) {
    super(scope, id);
    const secrets = rotatingSecrets(config);
    if (secrets.length === 0) {
      this.alarms = [];
      return;
    }
    const stack = Stack.of(this);
    const keepers = new Map(keepersOf(config).map(([name, kind]) => [kind, steps.get(name).lambda]));
    for (const [name, { rotation }] of secrets) {
      const arn = secretArn(config, name);
      const keeper = keepers.get(rotation.kind);
      if (keeper === undefined) throw new Error(`There is no keeper for ${name} here.`);
      keeper.addPermission(`Rotate-${name}`, {
        principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
        sourceAccount: stack.account,
        sourceArn: arn,
      });
      const schedule = new CfnRotationSchedule(this, `Rotation-${name}`, {
        secretId: arn,
        rotationLambdaArn: keeper.functionArn,
        // Only when a run asks for it; otherwise it would be rotated with each deployment that changes this.
        rotateImmediatelyOnUpdate: false,
      });
      // Secrets Manager calls it at once, to test it.
      schedule.node.addDependency(keeper);
    }
    new Rule(this, 'Rotated', {
      description: 'A rotation that a run may wait for has ended',
      eventPattern: {
        source: ['aws.secretsmanager'],
        detailType: ['AWS Service Event via CloudTrail'],
        detail: {
          eventSource: ['secretsmanager.amazonaws.com'],
          eventName: ['RotationSucceeded', 'RotationFailed', 'RotationAbandoned'],
          additionalEventData: { SecretId: secrets.map(([name]) => secretArn(config, name)) },
        },
      },
      targets: [
        new LambdaFunction(steps.get('resumeWaitingRun').lambda, {
          deadLetterQueue: stores.undelivered,
          ...DELIVERY,
        }),
      ],
    });
    new Schedule(this, 'LookAfterSecrets', {
      description: 'Retires old values whose time is over, and counts the days since rotations',
      schedule: ScheduleExpression.rate(LOOK),
      target: new LambdaInvoke(steps.get('lookAfterSecrets').lambda, {
        deadLetterQueue: stores.undelivered,
        retryAttempts: 2,
        maxEventAge: LOOK,
      }),
    });
    this.alarms = [
      ...secrets.flatMap(([name, { rotateEveryDays }]) =>
        rotateEveryDays === undefined ? [] : [this.#overdue(config, name, rotateEveryDays)],
      ),
      new Alarm(this, 'LookFails', {
        alarmName: `${config.name}-secret-watch-fails`,
        alarmDescription: `Whether secrets are overdue is not known, and old values may stay good. What to do: ${config.runbookPages}nightshift-itself.md`,
        metric: steps.get('lookAfterSecrets').lambda.metricErrors({ period: WATCH }),
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    ];
  }

  #overdue(config: NightshiftConfig, name: string, days: number): Alarm {
    return new Alarm(this, `Overdue-${name}`, {
      alarmName: `${config.name}-${name}-rotation-overdue`,
      alarmDescription: `The secret ${name} is to be rotated every ${days} days, and was not. What to do: ${config.runbookPages}rotate-secret.md`,
      metric: new Metric({
        namespace: 'Nightshift',
        metricName: ROTATION_OVERDUE_METRIC,
        dimensionsMap: { service: 'nightshift', secret: name },
        statistic: 'Maximum',
        period: WATCH,
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // A figure that does not come is the failure of the function that counts, which has an alarm of its own.
      treatMissingData: TreatMissingData.IGNORE,
    });
  }
}
