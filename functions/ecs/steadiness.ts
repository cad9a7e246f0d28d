import type { Service } from '@aws-sdk/client-ecs';

export type Steadiness =
  | { readonly state: 'steady'; readonly deploymentId: string }
  | { readonly state: 'waiting'; readonly why: string }
  | { readonly state: 'lost'; readonly why: string };

/**
 * Whether a service runs the wanted task definition steadily: one PRIMARY deployment, COMPLETED, running = desired, nothing
 * pending. `lost` means that waiting longer cannot help.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
 */
export function judgeSteadiness(
  service: Pick<Service, 'deployments' | 'desiredCount' | 'runningCount' | 'pendingCount'>,
  wanted: string,
): Steadiness {
  const deployments = service.deployments ?? [];
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  if (primary === undefined) return { state: 'waiting', why: 'there is no PRIMARY deployment yet' };
  if (primary.taskDefinition !== wanted)
    return {
      state: 'lost',
      why: `the service now deploys ${short(primary.taskDefinition)} instead of ${short(wanted)}`,
    };
  if (primary.rolloutState === 'FAILED')
    return {
      state: 'lost',
      why: `the deployment failed: ${primary.rolloutStateReason ?? 'ECS gives no reason'}`,
    };
  if (deployments.length > 1)
    return { state: 'waiting', why: `${deployments.length - 1} older deployment still has tasks` };
  if (primary.rolloutState !== 'COMPLETED')
    return { state: 'waiting', why: `the deployment is ${primary.rolloutState}` };
  if (service.runningCount !== service.desiredCount || (service.pendingCount ?? 0) > 0)
    return {
      state: 'waiting',
      why: `${service.runningCount} of ${service.desiredCount} tasks run, ${service.pendingCount} are pending`,
    };
  return { state: 'steady', deploymentId: primary.id ?? '' };
}

/** `api:7` of a task definition's ARN. */
export const short = (taskDefinition: string | undefined): string =>
  taskDefinition?.split('/').at(-1) ?? 'nothing';
