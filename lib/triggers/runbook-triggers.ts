import { TimeZone } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { NightshiftConfig } from '../config/schema.ts';
import { DELIVERY } from './delivery.ts';

/** What starts `roll-back-service` for one service: its alarms, ECS's word that tasks cannot start, schedules. */
export class RunbookTriggers extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      config: NightshiftConfig;
      service: string;
      serviceArn: string;
      alarms: readonly string[];
      stateMachine: IStateMachine;
      undelivered: IQueue;
    },
  ) {
    super(scope, id);
    const { service, stateMachine, undelivered } = props;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
      description: `Starts runbooks for ${service}`,
    });
    const target = (by: string) =>
      new SfnStateMachine(stateMachine, {
        role,
        deadLetterQueue: undelivered,
        ...DELIVERY,
        input: RuleTargetInput.fromObject({
          service,
          trigger: {
            kind: 'alarm',
            by: EventField.fromPath(by),
            eventId: EventField.eventId,
            at: EventField.time,
          },
        }),
      });
    if (props.alarms.length > 0) {
      new Rule(this, 'Alarms', {
        description: `An alarm of ${service} went off`,
        eventPattern: {
          source: ['aws.cloudwatch'],
          detailType: ['CloudWatch Alarm State Change'],
          detail: { alarmName: [...props.alarms], state: { value: ['ALARM'] } },
        },
        targets: [target('$.detail.alarmName')],
      });
    }
    new Rule(this, 'TasksCannotStart', {
      description: `ECS cannot start tasks of ${service} consistently`,
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Service Action'],
        resources: [props.serviceArn],
        detail: { eventName: ['SERVICE_TASK_START_IMPAIRED'] },
      },
      targets: [target('$.detail.eventName')],
    });
    for (const [name, schedule] of Object.entries(props.config.schedules)) {
      if (schedule.service !== service) continue;
      new Schedule(this, `Schedule-${name}`, {
        description: `Nightshift ${schedule.runbook} for ${service}`,
        schedule: ScheduleExpression.expression(schedule.expression, TimeZone.of(schedule.timeZone)),
        target: new StepFunctionsStartExecution(stateMachine, {
          deadLetterQueue: undelivered,
          maxEventAge: DELIVERY.maxEventAge,
          retryAttempts: DELIVERY.retryAttempts,
          input: ScheduleTargetInput.fromObject({
            service,
            dryRun: schedule.dryRun,
            trigger: { kind: 'schedule', by: name },
          }),
        }),
      });
    }
  }
}
