import type { Service } from '@aws-sdk/client-ecs';
import { ErrorName } from '../../schemas/names.ts';
import type { Verdict } from '../wait/verdict.ts';
import type { AwaitedConsumers } from './consumer-state.ts';
import { judgeDeployment } from './judge-deployment.ts';
import { judgeSteadiness } from './steadiness.ts';

/** What DescribeServices says that matters here. */
export type DescribedService = Pick<
  Service,
  'status' | 'deployments' | 'desiredCount' | 'runningCount' | 'pendingCount'
>;

type Wanted = AwaitedConsumers['services'][number];

type One =
  | { readonly state: 'reached' }
  | { readonly state: 'waiting' | 'lost'; readonly name: string; readonly why: string };

/**
 * Whether all services run as wanted: those that were to stop have no task left; the others have one completed deployment of
 * the wanted task definition with at least the wanted tasks (autoscaling may want more), or the wanted deployment itself.
 *
 * @param services what is wanted, each with what ECS says; undefined where ECS knows no such service
 * @param now when ECS said it
 * @param tolerant whether the others are waited for all the same, and lost ones are only told of
 */
export function judgeConsumers(
  services: ReadonlyArray<{ readonly wanted: Wanted; readonly found: DescribedService | undefined }>,
  now: Date,
  tolerant = false,
): Verdict {
  const judged = services.map(({ wanted, found }) => judgeOne(wanted, found));
  const of = (state: 'waiting' | 'lost') =>
    judged.flatMap((one) => (one.state === state ? [`${one.name}: ${one.why}`] : [])).join('; ');
  const lost = of('lost');
  if (lost && !tolerant)
    return {
      state: 'failed',
      error: ErrorName.VerificationFailed,
      cause: `Not every service came to run as wanted. ${lost}. Their number of tasks or their deployment was changed by this run. Look at their events in ECS, and bring each to the number of tasks that it should have.`,
    };
  const waiting = of('waiting');
  if (waiting) return { state: 'waiting', seen: waiting };
  const reached = services.flatMap(({ wanted, found }, place) => {
    if (judged[place]?.state !== 'reached') return [];
    return wanted.running === 0
      ? `${wanted.name} has stopped`
      : `${wanted.name} runs ${found?.runningCount} tasks steadily`;
  });
  return {
    state: 'done',
    output: { at: now.toISOString() },
    summary:
      [...reached, ...(lost ? [`NOT as wanted: ${lost}`] : [])].join(', ') ||
      'There is no service to wait for',
  };
}

function judgeOne(wanted: Wanted, found: DescribedService | undefined): One {
  const { name, running } = wanted;
  if (found === undefined || found.status !== 'ACTIVE')
    return {
      state: 'lost',
      name,
      why: `ECS has no active service "${wanted.service}" in the cluster "${wanted.cluster}"`,
    };
  const { runningCount = 0, pendingCount = 0, desiredCount = 0 } = found;
  if (running === 0) {
    // While ECS still wants tasks it will start some, though none runs at this moment.
    if (runningCount === 0 && pendingCount === 0 && desiredCount === 0) return { state: 'reached' };
    return {
      state: 'waiting',
      name,
      why: `${runningCount} tasks still run, ${pendingCount} are pending, ${desiredCount} are wanted by ECS`,
    };
  }
  if (wanted.deployment !== undefined) {
    const gone = judgeDeployment(wanted.deployment, found);
    if (gone !== undefined) return { ...gone, name };
  }
  const taskDefinition =
    wanted.taskDefinition ??
    found.deployments?.find(({ status }) => status === 'PRIMARY')?.taskDefinition ??
    '';
  const steadiness = judgeSteadiness(found, taskDefinition);
  if (steadiness.state !== 'steady') return { ...steadiness, name };
  // Of a deployment ECS itself says when it is complete, whatever autoscaling wants meanwhile.
  if (wanted.deployment === undefined && runningCount < running)
    return { state: 'waiting', name, why: `${runningCount} tasks run of the ${running} that are wanted` };
  return { state: 'reached' };
}
