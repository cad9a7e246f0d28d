import type { Service } from '@aws-sdk/client-ecs';

/**
 * Why a deployment that was asked for is not what the service runs; undefined where it is. The circuit breaker goes back by a deployment
 * of its own, which may well be steady: with tasks of before, or with tasks that were started anew but not by us.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 */
export function judgeDeployment(
  wanted: { readonly id: string; readonly since: string },
  { deployments = [], desiredCount = 0 }: Pick<Service, 'deployments' | 'desiredCount'>,
): { readonly state: 'waiting' | 'lost'; readonly why: string } | undefined {
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  if (primary?.id === wanted.id) return failsToStart(primary, desiredCount);
  const asked = deployments.find(({ id }) => id === wanted.id);
  if (asked?.rolloutState === 'FAILED')
    return {
      state: 'lost',
      why: `its tasks did not start, and ECS went back: ${asked.rolloutStateReason ?? 'it gives no reason'}`,
    };
  // ECS may still tell of what was before.
  if (asked === undefined && (primary?.createdAt?.getTime() ?? 0) < Date.parse(wanted.since))
    return { state: 'waiting', why: 'ECS does not tell of the new deployment yet' };
  return {
    state: 'lost',
    why: `another deployment (${primary?.id ?? 'none'}) took the place of ${wanted.id}`,
  };
}

/** What ECS's circuit breaker would count: half of the tasks, at least and at most so many. */
const FEWEST_FAILURES = 3;
const MOST_FAILURES = 200;

/**
 * Without a circuit breaker ECS tries for ever, and a run would wait for as long as it may. ECS counts failures anew once a task runs well,
 * so that what fails here has never run.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
 */
function failsToStart(
  { failedTasks = 0, rolloutState }: NonNullable<Service['deployments']>[number],
  desiredCount: number,
): { readonly state: 'lost'; readonly why: string } | undefined {
  const enough = Math.min(Math.max(Math.ceil(desiredCount / 2), FEWEST_FAILURES), MOST_FAILURES);
  if (rolloutState !== 'IN_PROGRESS' || failedTasks < enough) return undefined;
  return { state: 'lost', why: `${failedTasks} of its new tasks have failed one after the other` };
}
