import { AwsError, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseMembers } from '../refuse-members.ts';
import { clusterName, type EcsAccount, inCluster, nameOf } from './ecs-account.ts';
import { showTask } from './show-task.ts';

const MOST_TASKS_PER_CALL = 100;

/** The operations on tasks that run or have run. */
export function taskOperations(account: EcsAccount): Record<string, Operation> {
  const { machine, taskArn } = account;
  return {
    ListTasks: {
      permissions: (input) => [inCluster(account, 'ListTasks', input.cluster, '*')],
      handle(input) {
        refuseMembers(input, [
          'cluster',
          'serviceName',
          'family',
          'startedBy',
          'desiredStatus',
          'launchType',
          'nextToken',
          'maxResults',
        ]);
        const name = account.cluster(input.cluster);
        if (input.startedBy !== undefined && (input.serviceName ?? input.family) !== undefined)
          throw new AwsError('InvalidParameterException', 'startedBy must be the only filter.');
        const found = account
          .tasks()
          .filter(
            ({ cluster, service, task }) =>
              cluster === name &&
              (input.serviceName === undefined || nameOf(input.serviceName) === service) &&
              (input.family === undefined || input.family === task.definition.family) &&
              (input.startedBy === undefined || input.startedBy === task.launch.startedBy) &&
              (input.launchType ?? 'FARGATE') === 'FARGATE' &&
              task.desiredStatus === (input.desiredStatus ?? 'RUNNING'),
          );
        const { page, nextToken } = paginate(found, input.nextToken, input.maxResults ?? 100);
        return { taskArns: page.map(({ cluster, task }) => taskArn(cluster, task.id)), nextToken };
      },
    },

    DescribeTasks: {
      permissions: (input) =>
        input.tasks.map((task: string) =>
          inCluster(account, 'DescribeTasks', input.cluster, taskArn(input.cluster, task)),
        ),
      handle(input) {
        const name = account.cluster(input.cluster);
        if (input.tasks.length > MOST_TASKS_PER_CALL)
          throw new AwsError('InvalidParameterException', 'Tasks list cannot have more than 100 elements.');
        const ids: string[] = input.tasks.map(nameOf);
        const found = account
          .tasks()
          .filter(({ cluster, task }) => cluster === name && ids.includes(task.id));
        return {
          tasks: found.map(({ task }) => ({
            ...showTask(machine, task),
            ...(input.include?.includes('TAGS') ? { tags: task.launch.tags ?? [] } : {}),
          })),
          failures: ids
            .filter((id) => !found.some(({ task }) => task.id === id))
            .map((id) => ({ arn: taskArn(clusterName(input.cluster), id), reason: 'MISSING' })),
        };
      },
    },

    StopTask: {
      permissions: (input) => [
        inCluster(account, 'StopTask', input.cluster, taskArn(input.cluster, input.task)),
      ],
      handle(input) {
        const name = account.cluster(input.cluster);
        const id = nameOf(input.task);
        const found = account.tasks().find(({ cluster, task }) => cluster === name && task.id === id);
        if (!found) throw new AwsError('InvalidParameterException', 'The referenced task was not found.');
        void found.task.stop('UserInitiated', input.reason ?? 'Task stopped by user');
        return { task: showTask(machine, found.task) };
      },
    },
  };
}
