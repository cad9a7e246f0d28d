import { DescribeTasksCommand, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import type { Finding } from '../../../schemas/finding.ts';
import type { HealthPolicy } from '../../../schemas/health.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { ecs } from '../../ecs/client.ts';
import { describeService } from '../../ecs/describe-service.ts';
import { PreconditionFailed } from '../../errors.ts';
import { finding } from '../findings.ts';
import type { Part } from '../look-at-all.ts';
import { judgeRestarts } from './judge-restarts.ts';
import { isAtRest, judgeDeployment, judgeTasks, type RunningService } from './judge-tasks.ts';

/** ECS lists and describes so many tasks in one call. */
const PAGE = 100;
/** More have stopped than anybody wants to know of. */
const MOST_PAGES = 3;

/** What ECS says of the tasks that a service is to have: some, or none, as is declared or without a word. */
export type Wanted = 'tasks' | 'none, as is declared' | 'none';

/** Whether as many tasks run as should, and since when; `found` is told what ECS said. */
export function tasksPart(
  target: ServiceTarget,
  { mayRest }: HealthPolicy['tasks'],
  found: (wanted: Wanted) => void,
): Part {
  const expectations = { mayRest, steadyTimeoutSeconds: target.steadyTimeoutSeconds };
  const expected = 'the service runs';
  return {
    kind: 'tasks',
    check: 'tasks',
    expected,
    look: async () => {
      const service = await activeService(target);
      if (service === undefined) {
        found('none');
        return [
          finding('no tasks', 'tasks', {
            verdict: 'fail',
            observed: `ECS has no active service ${target.service} in the cluster ${target.cluster}`,
            expected,
          }),
        ];
      }
      const now = new Date();
      const none = (service.desiredCount ?? 0) === 0;
      found(isAtRest(service, expectations) ? 'none, as is declared' : none ? 'none' : 'tasks');
      const deployment = judgeDeployment(service, expectations, now);
      const findings: Finding[] = [
        finding(none ? 'no tasks' : 'tasks', 'tasks', judgeTasks(service, expectations, now)),
      ];
      if (deployment !== undefined) findings.push(finding('deployment', 'deployment', deployment));
      return findings;
    },
  };
}

/** Which tasks stopped lately, and why. */
export function restartsPart(target: ServiceTarget, { restarts }: HealthPolicy['tasks']): Part {
  return {
    kind: 'restarts',
    check: 'restarts',
    expected: `fewer than ${restarts.warn} tasks stopped by themselves`,
    look: async (signal) => {
      const { tasks, complete } = await stoppedTasks(target, signal);
      return [finding('restarts', 'restarts', judgeRestarts(tasks, restarts, complete, new Date()))];
    },
  };
}

async function activeService(target: ServiceTarget): Promise<RunningService | undefined> {
  try {
    return await describeService(target);
  } catch (error) {
    if (error instanceof PreconditionFailed) return undefined;
    throw error;
  }
}

async function stoppedTasks(
  { cluster, service }: ServiceTarget,
  signal: AbortSignal,
): Promise<{ tasks: Task[]; complete: boolean }> {
  const tasks: Task[] = [];
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { taskArns = [], nextToken } = await ecs().send(
      new ListTasksCommand({
        cluster,
        serviceName: service,
        desiredStatus: 'STOPPED',
        maxResults: PAGE,
        ...(next === undefined ? {} : { nextToken: next }),
      }),
      { abortSignal: signal },
    );
    if (taskArns.length > 0) {
      const described = await ecs().send(new DescribeTasksCommand({ cluster, tasks: taskArns }), {
        abortSignal: signal,
      });
      // One that ECS has forgotten in between stopped long ago.
      tasks.push(...(described.tasks ?? []));
    }
    if (nextToken === undefined) return { tasks, complete: true };
    next = nextToken;
  }
  return { tasks, complete: false };
}
