import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../security/acknowledge.ts';
import type { StepFunction } from '../steps/step-function.ts';
import { DELIVERY } from './delivery.ts';

const RETRIED = [
  'Transient',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Sandbox.Timedout',
  'States.Timeout',
];

const FAILURES = Duration.minutes(5);

/** Waits out the bake time of every completed deployment, then records its revision as good if it has been healthy. */
export class RevisionRecorder extends Construct {
  /** Goes off where it could not be seen whether a release is good; it pages. */
  readonly alarm: Alarm;

  constructor(
    scope: Construct,
    id: string,
    props: {
      deployment: string;
      /** Where the operator's pages are. */
      runbookPages: string;
      recorder: StepFunction;
      undelivered: IQueue;
      services: ReadonlyArray<{ name: string; arn: string; bakeSeconds: number }>;
    },
  ) {
    super(scope, id);
    const functionArn = props.recorder.lambda.functionArn;
    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: 'Records good revisions',
    });
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    );
    const stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: `${props.deployment}-record-good-revision`,
      comment:
        'Waits out the bake time of a deployment, then records its revision as good if it has been healthy.',
      role,
      tracingEnabled: true,
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
      definitionBody: DefinitionBody.fromString(
        Stack.of(this).toJsonString({
          StartAt: 'bake',
          // A day of baking at most, and the recorder's own tries.
          TimeoutSeconds: 90_000,
          States: {
            bake: { Type: 'Wait', SecondsPath: '$.bakeSeconds', Next: 'record-good-revision' },
            'record-good-revision': {
              Type: 'Task',
              Resource: functionArn,
              TimeoutSeconds: props.recorder.timeoutSeconds + 10,
              Retry: [
                {
                  ErrorEquals: RETRIED,
                  IntervalSeconds: 5,
                  MaxAttempts: 5,
                  BackoffRate: 2,
                  JitterStrategy: 'FULL',
                },
              ],
              End: true,
            },
          },
        }),
      ),
    });
    acknowledgeWildcards(
      role,
      new Map([['*', 'X-Ray and the delivery of Step Functions logs have no resource-level permissions.']]),
    );
    const starter = new Role(this, 'Starter', {
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
      description: 'Starts the recorder of good revisions',
    });
    this.alarm = new Alarm(this, 'Fails', {
      alarmName: `${props.deployment}-recorder-fails`,
      alarmDescription: `Whether a release is good could not be seen; it is not what a rollback goes back to. What to do: ${props.runbookPages}nightshift-itself.md`,
      metric: stateMachine.metricFailed({ period: FAILURES }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    for (const { name, arn, bakeSeconds } of props.services) {
      new Rule(this, `Completed-${name}`, {
        description: `A deployment of ${name} was completed`,
        eventPattern: {
          source: ['aws.ecs'],
          detailType: ['ECS Deployment State Change'],
          resources: [arn],
          detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED'] },
        },
        targets: [
          new SfnStateMachine(stateMachine, {
            role: starter,
            deadLetterQueue: props.undelivered,
            ...DELIVERY,
            input: RuleTargetInput.fromObject({
              service: name,
              deploymentId: EventField.fromPath('$.detail.deploymentId'),
              completedAt: EventField.fromPath('$.detail.updatedAt'),
              bakeSeconds,
            }),
          }),
        ],
      });
    }
  }
}
