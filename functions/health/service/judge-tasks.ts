import type { Deployment, Service } from '@aws-sdk/client-ecs';
import type { Judgement } from '../../../schemas/finding.ts';
import { short } from '../../ecs/steadiness.ts';

/** What is looked at of a service. */
export type RunningService = Pick<
  Service,
  'deployments' | 'desiredCount' | 'runningCount' | 'pendingCount' | 'deploymentController'
>;

export interface TaskExpectations {
  /** No task at all may be on purpose. */
  readonly mayRest: boolean;
  /** How long a deployment may take. */
  readonly steadyTimeoutSeconds: number;
}

/** Whether a service rests on purpose: it is declared that it may, and it is to have no task. */
export function isAtRest(
  { desiredCount }: RunningService,
  { mayRest }: Pick<TaskExpectations, 'mayRest'>,
): boolean {
  return mayRest && desiredCount === 0;
}

/** Judges how many tasks run (P-04). Fewer than there should be are a warning while the others are on their way. */
export function judgeTasks(service: RunningService, expectations: TaskExpectations, now: Date): Judgement {
  const { desiredCount = 0, runningCount = 0, pendingCount = 0 } = service;
  if (isAtRest(service, expectations))
    return {
      verdict: runningCount === 0 ? 'pass' : 'warn',
      observed: runningCount === 0 ? 'no task, as is declared' : `${runningCount} tasks still run`,
      expected: 'no task',
    };
  if (desiredCount === 0)
    return {
      verdict: 'fail',
      observed: 'the desired count is 0',
      expected: 'at least one task: the configuration does not say that the service may rest',
    };
  const observed = `${runningCount} of ${desiredCount} tasks run${pendingCount > 0 ? `, ${pendingCount} are pending` : ''}`;
  const expected = `${desiredCount} of ${desiredCount} tasks run`;
  if (runningCount === desiredCount && pendingCount === 0) return { verdict: 'pass', observed, expected };
  // What scaling has just asked for is on its way; none at all is an outage whatever the reason.
  const underway = runningCount + pendingCount >= desiredCount || isYoung(service, expectations, now);
  return { verdict: runningCount > 0 && underway ? 'warn' : 'fail', observed, expected };
}

/** Judges the last deployment. Other controllers than that of ECS keep theirs elsewhere. */
export function judgeDeployment(
  service: RunningService,
  expectations: TaskExpectations,
  now: Date,
): Judgement | undefined {
  const { deployments = [], deploymentController } = service;
  if ((deploymentController?.type ?? 'ECS') !== 'ECS') return undefined;
  const expected = 'one deployment, completed';
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  if (primary === undefined)
    return { verdict: 'unknown', observed: 'there is no PRIMARY deployment', expected };
  const { rolloutState, rolloutStateReason, failedTasks = 0, createdAt, taskDefinition } = primary;
  const older = deployments.length - 1;
  const observed = [
    `${short(taskDefinition)} since ${createdAt?.toISOString().slice(0, 19)}Z is ${rolloutState ?? 'in an unknown state'}`,
    ...(failedTasks > 0 ? [`${failedTasks} of its tasks failed`] : []),
    ...(older > 0 ? [`${older} older with tasks`] : []),
    ...(rolloutState === 'FAILED' && rolloutStateReason !== undefined ? [rolloutStateReason] : []),
  ].join(', ');
  const done = rolloutState === 'COMPLETED' && older === 0;
  if (done) return { verdict: 'pass', observed, expected };
  const verdict = rolloutState !== 'FAILED' && isYoung(service, expectations, now) ? 'warn' : 'fail';
  return { verdict, observed, expected };
}

function isYoung(
  { deployments = [] }: RunningService,
  { steadyTimeoutSeconds }: TaskExpectations,
  now: Date,
): boolean {
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  return primary?.rolloutState === 'IN_PROGRESS' && ageSeconds(primary, now) < steadyTimeoutSeconds;
}

function ageSeconds({ createdAt }: Deployment, now: Date): number {
  return createdAt === undefined ? Number.POSITIVE_INFINITY : (now.getTime() - createdAt.getTime()) / 1000;
}
