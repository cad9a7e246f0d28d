import { AwsError, type Operation, type Permission } from '../../contract.ts';
import { refuseMembers } from '../refuse-members.ts';
import { type EcsAccount, inCluster } from './ecs-account.ts';
import { taskEvent } from './ecs-event.ts';
import { showTask } from './show-task.ts';
import { type ContainerOverride, type Launch, Task } from './task.ts';
import type { TaskDefinition } from './task-definitions.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs have the members of the API, validated by the wire.
type Any = any;

const MOST_TASKS = 10;
const HOUR_MILLISECONDS = 3_600_000;
const TOKEN_MILLISECONDS = 24 * HOUR_MILLISECONDS;

const MEMBERS = [
  'cluster',
  'taskDefinition',
  'count',
  'launchType',
  'networkConfiguration',
  'overrides',
  'startedBy',
  'clientToken',
  'group',
  'propagateTags',
  'tags',
  'platformVersion',
  'enableExecuteCommand',
  'enableECSManagedTags',
];

/** Members of an override that the sandbox can act on, and those that change nothing where nothing is metered. */
const OVERRIDE_MEMBERS = ['containerOverrides', 'taskRoleArn', 'executionRoleArn', 'cpu', 'memory'];
const CONTAINER_OVERRIDE_MEMBERS = ['name', 'command', 'environment', 'cpu', 'memory', 'memoryReservation'];

/** A request that came with a client token, and what came of it. */
interface Remembered {
  readonly request: string;
  readonly at: number;
  readonly tasks: readonly Task[];
}

/**
 * RunTask, on Fargate.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
 */
export function runTaskOperation(account: EcsAccount): Operation {
  const { machine, definitions, singleTasks, clusterArn, taskArn } = account;
  /** By cluster and token: another cluster's tokens are others. */
  const remembered = new Map<string, Remembered>();

  /** What the same request has started already. */
  function repeated(token: string, request: string): readonly Task[] | undefined {
    const earlier = remembered.get(token);
    if (!earlier) return undefined;
    const { at, tasks } = earlier;
    const ended = tasks.every(({ isStopped }) => isStopped)
      ? Math.max(...tasks.map(({ stoppedAt }) => stoppedAt ?? at))
      : Number.POSITIVE_INFINITY;
    if (machine.clock.now() > Math.min(at + TOKEN_MILLISECONDS, ended + HOUR_MILLISECONDS)) return undefined;
    if (earlier.request === request) return tasks;
    throw new AwsError('ConflictException', 'The clientToken is in use by another RunTask request.', {
      members: { resourceIds: tasks.map(({ id, launch }) => taskArn(launch.cluster, id)) },
    });
  }

  function start(definition: TaskDefinition, launch: Launch): Task {
    const task = new Task(machine, definition, launch, (changed) => taskEvent(machine, changed));
    singleTasks.push({ cluster: launch.cluster, task });
    taskEvent(machine, task);
    void task.start();
    return task;
  }

  /** Nothing here throws: a task definition that is not there is to look the same to whoever may not run it. */
  function find(id: string): TaskDefinition | undefined {
    try {
      return definitions.find(id);
    } catch {
      return undefined;
    }
  }

  return {
    permissions(input) {
      const found = find(input.taskDefinition);
      const id: string = input.taskDefinition;
      const resource =
        found?.arn ?? (id.startsWith('arn:') ? id : machine.arn('ecs', `task-definition/${id}`));
      const roles = [
        input.overrides?.taskRoleArn ?? found?.definition.taskRoleArn,
        input.overrides?.executionRoleArn ?? found?.definition.executionRoleArn,
      ];
      return [
        inCluster(account, 'RunTask', input.cluster, resource),
        ...[...new Set(roles)].filter(Boolean).map((role) => passing(role)),
        ...(input.tags?.length > 0
          ? [
              {
                action: 'ecs:TagResource',
                resource: taskArn(input.cluster, '*'),
                conditions: {
                  'ecs:CreateAction': 'RunTask',
                  'aws:TagKeys': input.tags.map(({ key }: Any) => key),
                  ...Object.fromEntries(
                    input.tags.map(({ key, value }: Any) => [`aws:RequestTag/${key}`, value ?? '']),
                  ),
                },
              },
            ]
          : []),
      ];
    },

    handle(input) {
      refuseMembers(input, MEMBERS);
      const cluster = account.cluster(input.cluster);
      const { clientToken, ...rest } = input;
      const token = `${cluster}|${clientToken}`;
      const request = JSON.stringify(rest);
      const before = clientToken === undefined ? undefined : repeated(token, request);
      if (before) return answer(before);
      const definition = find(input.taskDefinition);
      if (!definition) throw new AwsError('ClientException', 'TaskDefinition not found.');
      checkRequest(input, definition, clusterArn(cluster));
      const launch: Launch = {
        cluster,
        single: true,
        group: input.group ?? `family:${definition.family}`,
        startedBy: input.startedBy,
        tags: [...(input.propagateTags === 'TASK_DEFINITION' ? definition.tags : []), ...(input.tags ?? [])],
        network: input.networkConfiguration,
        overrides: input.overrides ?? {},
        platformVersion: input.platformVersion ?? '1.4.0',
        enableExecuteCommand: input.enableExecuteCommand ?? false,
      };
      const tasks = Array.from({ length: input.count ?? 1 }, () => start(definition, launch));
      if (clientToken !== undefined) remembered.set(token, { request, at: machine.clock.now(), tasks });
      return answer(tasks);
    },
  };

  function answer(tasks: readonly Task[]) {
    return {
      tasks: tasks.map((task) => ({ ...showTask(machine, task), tags: task.launch.tags })),
      failures: [],
    };
  }
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
const passing = (role: string): Permission => ({
  action: 'iam:PassRole',
  resource: role,
  conditions: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
});

/** Fails as ECS does for a request that it cannot carry out. */
function checkRequest(input: Any, definition: TaskDefinition, cluster: string): void {
  const invalid = (message: string) => new AwsError('InvalidParameterException', message);
  if (definition.status !== 'ACTIVE') throw new AwsError('ClientException', 'TaskDefinition is inactive');
  // Without a launch type it is EC2, and the sandbox has no instances.
  if (input.launchType !== 'FARGATE')
    throw invalid(`No Container Instances were found in your cluster ${cluster}.`);
  const count = input.count ?? 1;
  if (!(count >= 1 && count <= MOST_TASKS)) throw invalid('count must be between 1 and 10.');
  if (input.propagateTags === 'SERVICE')
    throw invalid('The SERVICE option of propagateTags is not valid for RunTask.');
  const awsvpc = definition.definition.networkMode === 'awsvpc';
  if (awsvpc && !(input.networkConfiguration?.awsvpcConfiguration?.subnets?.length > 0))
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  refuseMembers(input.overrides ?? {}, OVERRIDE_MEMBERS);
  const overrides: ContainerOverride[] = input.overrides?.containerOverrides ?? [];
  for (const override of overrides) {
    refuseMembers({ ...override }, CONTAINER_OVERRIDE_MEMBERS);
    const known = definition.definition.containerDefinitions.some(({ name }: Any) => name === override.name);
    if (!known)
      throw invalid(
        `Override for container named ${override.name} is not a container in the TaskDefinition.`,
      );
  }
}
