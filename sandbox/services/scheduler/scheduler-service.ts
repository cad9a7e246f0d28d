import { randomUUID } from 'node:crypto';
import * as sdk from '@aws-sdk/client-scheduler';
import { AwsError, type Machine, type Service } from '../../contract.ts';
import { deliver } from '../events/deliver.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { readSchedule } from './schedule-expression.ts';

// biome-ignore lint/suspicious/noExplicitAny: schedules have the members of the API, validated by the wire.
type Any = any;

const DEFAULT_RETRIES = 185;
const DEFAULT_AGE_SECONDS = 86_400;

/** EventBridge Scheduler: schedules of the default group. */
export function createSchedulerService(machine: Machine): Service {
  const schedules = new Map<
    string,
    { definition: Any; arn: string; createdAt: number; cancel: () => void }
  >();

  function create(definition: Any): { arn: string } {
    const name: string = definition.Name;
    const arn = machine.arn('scheduler', `schedule/${definition.GroupName ?? 'default'}/${name}`);
    const createdAt = machine.clock.now();
    const times = readSchedule(
      definition.ScheduleExpression,
      definition.ScheduleExpressionTimezone ?? 'UTC',
      definition.StartDate?.getTime() ?? createdAt,
    );
    const entry = { definition, arn, createdAt, cancel: () => {} };
    schedules.set(name, entry);
    const arm = (after: number) => {
      const due = times.next(after);
      if (due === undefined || due > (definition.EndDate?.getTime() ?? Number.POSITIVE_INFINITY)) return;
      const window =
        definition.FlexibleTimeWindow?.Mode === 'FLEXIBLE'
          ? Math.random() * definition.FlexibleTimeWindow.MaximumWindowInMinutes * 60_000
          : 0;
      entry.cancel = machine.clock.after(Math.max(due + window - machine.clock.now(), 0), () => {
        if (schedules.get(name) !== entry) return;
        fire(entry, due);
        if (times.next(due) === undefined && definition.ActionAfterCompletion === 'DELETE')
          schedules.delete(name);
        else arm(due);
      });
    };
    if (definition.State !== 'DISABLED') arm(Math.max(createdAt, (definition.StartDate?.getTime() ?? 0) - 1));
    return entry;
  }

  function fire({ definition, arn }: { definition: Any; arn: string }, due: number): void {
    const { Target } = definition;
    const context: Record<string, string> = {
      'aws.scheduler.schedule-arn': arn,
      'aws.scheduler.scheduled-time': `${new Date(due).toISOString().slice(0, 19)}Z`,
      'aws.scheduler.execution-id': randomUUID(),
      'aws.scheduler.attempt-number': '1',
    };
    const input = (Target.Input ?? '{}').replace(
      /<(aws\.scheduler\.[\w-]+)>/g,
      (_: string, name: string) => context[name] ?? '',
    );
    void deliver(
      machine,
      {
        arn: Target.Arn,
        roleArn: Target.RoleArn,
        principal: 'scheduler.amazonaws.com',
        // Trust policies name the schedule's group.
        sourceArn: machine.arn('scheduler', `schedule-group/${definition.GroupName ?? 'default'}`),
        ...(Target.DeadLetterConfig?.Arn ? { deadLetterArn: Target.DeadLetterConfig.Arn } : {}),
        maximumRetries: Target.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES,
        maximumAgeSeconds: Target.RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS,
      },
      input,
    ).catch((error: Error) => machine.log(`scheduler: ${definition.Name}: ${error.message}`));
  }

  const scheduleArn = (input: { Name: string; GroupName?: string }) =>
    machine.arn('scheduler', `schedule/${input.GroupName ?? 'default'}/${input.Name}`);
  const on = (action: string) => (input: { Name: string }) => [
    { action: `scheduler:${action}`, resource: scheduleArn(input) },
  ];
  const find = (name: string) => {
    const found = schedules.get(name);
    if (!found)
      throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, { status: 404 });
    return found;
  };

  return {
    name: 'scheduler',
    apis: [
      {
        signingNames: ['scheduler'],
        sdk,
        client: 'SchedulerClient',
        operations: {
          CreateSchedule: {
            permissions: on('CreateSchedule'),
            handle(input) {
              if (schedules.has(input.Name))
                throw new AwsError('ConflictException', `Schedule ${input.Name} already exists.`, {
                  status: 409,
                });
              return { ScheduleArn: create(input).arn };
            },
          },
          GetSchedule: {
            permissions: on('GetSchedule'),
            handle(input) {
              const { definition, arn, createdAt } = find(input.Name);
              const { ClientToken: _token, ...rest } = definition;
              return {
                ...rest,
                Arn: arn,
                GroupName: definition.GroupName ?? 'default',
                State: definition.State ?? 'ENABLED',
                CreationDate: new Date(createdAt),
              };
            },
          },
          DeleteSchedule: {
            permissions: on('DeleteSchedule'),
            handle(input) {
              find(input.Name).cancel();
              schedules.delete(input.Name);
              return {};
            },
          },
          ListSchedules: {
            permissions: () => [{ action: 'scheduler:ListSchedules', resource: '*' }],
            handle: () => ({
              Schedules: [...schedules.values()].map(({ definition, arn }) => ({
                Name: definition.Name,
                Arn: arn,
                State: definition.State ?? 'ENABLED',
                Target: { Arn: definition.Target.Arn },
              })),
            }),
          },
        },
      },
    ],
    providers: [
      {
        type: 'AWS::Scheduler::Schedule',
        create(resource) {
          refuseUnknown(resource, [
            'Name',
            'GroupName',
            'ScheduleExpression',
            'ScheduleExpressionTimezone',
            'FlexibleTimeWindow',
            'State',
            'Target',
            'StartDate',
            'EndDate',
          ]);
          const { properties } = resource;
          const name = properties.Name ?? resource.physicalName(64);
          // Templates write dates as texts.
          const dates = Object.fromEntries(
            ['StartDate', 'EndDate']
              .filter((member) => properties[member] !== undefined)
              .map((member) => [member, new Date(properties[member])]),
          );
          return { ref: name, attributes: { Arn: create({ ...properties, ...dates, Name: name }).arn } };
        },
      },
    ],
    close() {
      for (const { cancel } of schedules.values()) cancel();
      schedules.clear();
    },
  };
}
