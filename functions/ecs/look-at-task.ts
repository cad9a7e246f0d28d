import { DescribeTaskDefinitionCommand, DescribeTasksCommand } from '@aws-sdk/client-ecs';
import type { LookOf } from '../wait/verdict.ts';
import { ecs } from './client.ts';
import { judgeTask } from './judge-task.ts';

/** Whether a one-off task has ended, and well. */
export const lookAtTask: LookOf<'ecs-task'> = async (parked) => {
  const { tasks = [] } = await ecs().send(
    new DescribeTasksCommand({ cluster: parked.cluster, tasks: [parked.taskArn] }),
  );
  const [task] = tasks;
  const helpers = task?.lastStatus === 'STOPPED' ? await notEssential(task.taskDefinitionArn) : new Set();
  return judgeTask(parked, task, (container) => !helpers.has(container), new Date());
};

/** Names of the containers that may end as they like: DescribeTasks does not tell which. */
async function notEssential(taskDefinition: string | undefined): Promise<Set<string>> {
  const { taskDefinition: described } = await ecs().send(
    new DescribeTaskDefinitionCommand({ taskDefinition }),
  );
  return new Set(
    described?.containerDefinitions?.flatMap(({ name, essential }) =>
      essential === false && name !== undefined ? [name] : [],
    ),
  );
}
