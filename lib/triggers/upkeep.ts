import { Duration } from 'aws-cdk-lib';
import { Rule, type RuleProps } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { Steps } from '../steps/steps.ts';
import type { Stores } from '../stores/stores.ts';
import { DELIVERY } from './delivery.ts';

/** How often waiting runs are looked at without an event: RDS tells of a rename before it is over, and services wait for it. */
const SWEEP = Duration.minutes(2);

/** What keeps runs going: events that end a wait, the sweep for lost events, the reaper of dead runs. */
export class Upkeep extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      steps: Steps;
      stores: Stores;
      serviceArns: readonly string[];
      stateMachineArns: readonly string[];
      /** Clusters in which runbooks start one-off tasks, or stop services. */
      clusterArns?: readonly string[];
    },
  ) {
    super(scope, id);
    const { steps, stores } = props;
    const rule = (
      name: string,
      description: string,
      eventPattern: NonNullable<RuleProps['eventPattern']>,
      step: 'resumeWaitingRun' | 'reapRun',
    ) =>
      new Rule(this, name, {
        description,
        eventPattern,
        targets: [
          new LambdaFunction(steps.get(step).lambda, { deadLetterQueue: stores.undelivered, ...DELIVERY }),
        ],
      });
    rule(
      'ServiceSettled',
      'A deployment that a run may wait for has ended',
      {
        source: ['aws.ecs'],
        detailType: ['ECS Deployment State Change', 'ECS Service Action'],
        resources: [...props.serviceArns],
        detail: {
          eventName: ['SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED', 'SERVICE_STEADY_STATE'],
        },
      },
      'resumeWaitingRun',
    );
    // Unfiltered: which event is the last one before an instance is available, and of which category, RDS does not promise,
    // and what is restored has names that are not known here. An event that nobody waits for costs one look into the table.
    rule(
      'DatabaseChanged',
      'A database or a snapshot that a run may wait for has changed',
      {
        source: ['aws.rds'],
        detailType: ['RDS DB Instance Event', 'RDS DB Snapshot Event'],
      },
      'resumeWaitingRun',
    );
    const { clusterArns = [] } = props;
    if (clusterArns.length > 0)
      rule(
        'TaskStopped',
        'A task that a run may wait for has ended',
        {
          source: ['aws.ecs'],
          detailType: ['ECS Task State Change'],
          detail: { lastStatus: ['STOPPED'], clusterArn: [...clusterArns] },
        },
        'resumeWaitingRun',
      );
    rule(
      'RunDied',
      'A run ended without closing itself',
      {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [...props.stateMachineArns], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] },
      },
      'reapRun',
    );
    new Schedule(this, 'Sweep', {
      description: 'Finds what an event missed',
      schedule: ScheduleExpression.rate(SWEEP),
      target: new LambdaInvoke(steps.get('sweepWaitingRuns').lambda, {
        deadLetterQueue: stores.undelivered,
        retryAttempts: 2,
        maxEventAge: SWEEP,
      }),
    });
  }
}
