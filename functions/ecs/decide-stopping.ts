import type { Service } from '@aws-sdk/client-ecs';
import { type Consumer, controllerOf } from './consumers.ts';
import { primaryOf } from './describe-service.ts';
import { type Scaling, SUSPENDED, type Suspension, sameSuspension } from './scaling.ts';
import type { StoppedService } from './stopped-service.ts';

/**
 * Why a consumer cannot be stopped, or not be started again as planned; undefined when it can. The number of tasks can be set
 * whoever deploys the service; the task definition only where ECS does.
 *
 * @param revision task definition that it is to run afterwards
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export function whyNotStoppable({ target, service }: Consumer, revision: string | undefined) {
  const named = `the service "${target.name}" (${target.cluster}/${target.service})`;
  if (service === undefined) return `ECS has no active ${named.slice('the '.length)}`;
  if (service.schedulingStrategy === 'DAEMON')
    return `${named} runs one task on every host (DAEMON): ECS has no number of tasks to set for it`;
  const controller = controllerOf(service);
  if (revision !== undefined && controller !== 'ECS')
    return `${named} is deployed by ${controller}: only that can give it the task definition ${revision}`;
  return undefined;
}

/** What of a service is about to be stopped. */
export interface ServiceNow {
  readonly desiredCount: number;
  readonly taskDefinition: string | null;
  readonly scaling: Scaling | null;
}

export function serviceNow(service: Service, scaling: Scaling | null): ServiceNow {
  return {
    desiredCount: service.desiredCount ?? 0,
    taskDefinition: primaryOf(service)?.taskDefinition ?? service.taskDefinition ?? null,
    scaling,
  };
}

/** What a service is to return to, and how that is known. */
export interface Remembered extends Pick<StoppedService, 'desiredCount' | 'taskDefinition' | 'suspension'> {
  /** `run`: this run has stopped it before; `earlier-run`: one that never started it again. */
  readonly from: 'now' | 'run' | 'earlier-run';
}

/**
 * What a service is to return to. What this run remembered stays, for it may have stopped the service since; what an earlier
 * run remembered and never gave back holds while the service has no tasks. Where it has some, somebody has started it: that
 * counts. Its scaling is still suspended then, unless they thought of it.
 */
export function whatToRemember(
  now: ServiceNow,
  earlier: StoppedService | undefined,
  run: string,
): Remembered {
  const suspension = suspensionToRemember(now);
  const { desiredCount, taskDefinition } = now;
  if (earlier === undefined || earlier.returnedAt !== undefined)
    return { desiredCount, taskDefinition, suspension, from: 'now' };
  const kept = {
    desiredCount: earlier.desiredCount,
    taskDefinition: earlier.taskDefinition,
    suspension: earlier.suspension,
  };
  if (earlier.run === run) return { ...kept, from: 'run' };
  if (desiredCount === 0) return { ...kept, from: 'earlier-run' };
  const left = suspension !== null && sameSuspension(suspension, SUSPENDED) ? earlier.suspension : null;
  return { desiredCount, taskDefinition, suspension: left ?? suspension, from: 'now' };
}

/**
 * The scaling of a service that rests below its minimum is left alone: to suspend it would start tasks, and to let it go on
 * again as well.
 */
function suspensionToRemember({ desiredCount, scaling }: ServiceNow): Suspension | null {
  return scaling === null || (desiredCount === 0 && scaling.minimum > 0) ? null : scaling.suspension;
}

/** What has to be done to stop a service. */
export interface Stopping {
  readonly suspend: boolean;
  readonly stop: boolean;
}

/** Scaling is suspended first, or it would start again what was stopped. */
export function howToStop(now: ServiceNow): Stopping {
  return {
    suspend:
      suspensionToRemember(now) !== null && !sameSuspension(now.scaling?.suspension ?? SUSPENDED, SUSPENDED),
    stop: now.desiredCount !== 0,
  };
}
