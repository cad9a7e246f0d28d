import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DELIVERY } from './delivery.ts';

/** What starts `roll-back-service` for one service: its alarms, and ECS's word that tasks cannot start. */
export class RunbookTriggers extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
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
  }
}
