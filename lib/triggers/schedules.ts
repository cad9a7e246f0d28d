import { TimeZone } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type NightshiftConfig, type RunbookName, UNATTENDED } from '../config/schema.ts';
import { DELIVERY } from './delivery.ts';

/** The schedules that were declared, and that of the daily check, which nobody has to declare. */
function schedulesOf({
  dailyHealthCheck: { scheduled, at, timeZone },
  schedules,
}: NightshiftConfig): NightshiftConfig['schedules'] {
  const [hour, minute] = at.split(':').map(Number);
  const daily = {
    runbook: 'daily-health-check',
    expression: `cron(${minute} ${hour} * * ? *)`,
    timeZone,
  } as const;
  return { ...(scheduled ? { 'daily-health-check': daily } : {}), ...schedules };
}

/** Starts runbooks at the times that the configuration says. */
export class Schedules extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: {
      config: NightshiftConfig;
      stateMachines: Readonly<Partial<Record<RunbookName, IStateMachine>>>;
      undelivered: IQueue;
    },
  ) {
    super(scope, id);
    for (const [name, schedule] of Object.entries(schedulesOf(props.config))) {
      const { runbook, service, database, secret, dryRun = !UNATTENDED.has(runbook) } = schedule;
      const stateMachine = props.stateMachines[runbook];
      if (stateMachine === undefined) throw new Error(`There is no state machine of ${runbook} here.`);
      new Schedule(this, name, {
        description: `Nightshift ${runbook} for ${service ?? database ?? secret ?? 'all that is declared'}`,
        schedule: ScheduleExpression.expression(schedule.expression, TimeZone.of(schedule.timeZone)),
        target: new StepFunctionsStartExecution(stateMachine, {
          deadLetterQueue: props.undelivered,
          maxEventAge: DELIVERY.maxEventAge,
          retryAttempts: DELIVERY.retryAttempts,
          input: ScheduleTargetInput.fromObject({
            ...(service === undefined ? {} : { service }),
            ...(database === undefined ? {} : { database }),
            ...(secret === undefined ? {} : { secret }),
            dryRun,
            trigger: { kind: 'schedule', by: name },
          }),
        }),
      });
    }
  }
}
