import {
  ApplicationAutoScalingClient,
  paginateDescribeScalableTargets,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { client } from '../clients.ts';

const autoScaling = client(ApplicationAutoScalingClient);

/** What identifies the number of tasks of a service to Application Auto Scaling. */
const identity = ({ cluster, service }: { cluster: string; service: string }) => ({
  ServiceNamespace: 'ecs' as const,
  ResourceId: `service/${cluster}/${service}`,
  ScalableDimension: 'ecs:service:DesiredCount' as const,
});
/** Application Auto Scaling describes no more scalable targets than these in one call. */
const MOST_TARGETS_PER_CALL = 50;

/** Which kinds of scaling do nothing. */
export interface Suspension {
  readonly scaleIn: boolean;
  readonly scaleOut: boolean;
  readonly scheduled: boolean;
}
export const SUSPENDED: Suspension = { scaleIn: true, scaleOut: true, scheduled: true };

export const sameSuspension = (one: Suspension, other: Suspension): boolean =>
  one.scaleIn === other.scaleIn && one.scaleOut === other.scaleOut && one.scheduled === other.scheduled;

/** How a service is scaled. */
export interface Scaling {
  readonly minimum: number;
  readonly suspension: Suspension;
}

/** The scaling of those services that have one, by `cluster/service`. */
export async function describeScaling(
  services: ReadonlyArray<{ readonly cluster: string; readonly service: string }>,
): Promise<Map<string, Scaling>> {
  const scaling = new Map<string, Scaling>();
  const { ServiceNamespace, ScalableDimension } = identity({ cluster: '', service: '' });
  for (let start = 0; start < services.length; start += MOST_TARGETS_PER_CALL) {
    const ResourceIds = services
      .slice(start, start + MOST_TARGETS_PER_CALL)
      .map((one) => identity(one).ResourceId);
    for await (const { ScalableTargets = [] } of paginateDescribeScalableTargets(
      { client: autoScaling() },
      { ServiceNamespace, ScalableDimension, ResourceIds },
    ))
      for (const { ResourceId = '', MinCapacity = 0, SuspendedState } of ScalableTargets)
        scaling.set(ResourceId.slice('service/'.length), {
          minimum: MinCapacity,
          suspension: {
            scaleIn: SuspendedState?.DynamicScalingInSuspended ?? false,
            scaleOut: SuspendedState?.DynamicScalingOutSuspended ?? false,
            scheduled: SuspendedState?.ScheduledScalingSuspended ?? false,
          },
        });
  }
  return scaling;
}

/**
 * Suspends scaling, or lets it go on. Its limits stay: what is not given is not changed. But every such call also brings the
 * number of tasks between the limits, so it must not be made while a service is stopped that has a minimum.
 *
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
export async function setSuspension(
  service: { readonly cluster: string; readonly service: string },
  { scaleIn, scaleOut, scheduled }: Suspension,
  abortSignal: AbortSignal,
): Promise<void> {
  await autoScaling().send(
    new RegisterScalableTargetCommand({
      ...identity(service),
      SuspendedState: {
        DynamicScalingInSuspended: scaleIn,
        DynamicScalingOutSuspended: scaleOut,
        ScheduledScalingSuspended: scheduled,
      },
    }),
    { abortSignal },
  );
}
