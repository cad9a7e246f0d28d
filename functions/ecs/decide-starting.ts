import type { Service, UpdateServiceCommandInput } from '@aws-sdk/client-ecs';
import { type Consumer, controllerOf } from './consumers.ts';
import { primaryOf } from './describe-service.ts';
import { type Suspension, sameSuspension } from './scaling.ts';
import type { StoppedService } from './stopped-service.ts';

/** For what a service is started: what this run wants of it, beside what it had. */
export interface Wish {
  /** Task definition that it is to run; undefined: the one that it has. */
  readonly revision: string | undefined;
  /** When this run began to start services, in milliseconds since the epoch: what was deployed since need not be again. */
  readonly since: number;
}

/** What has to be done to start a service. */
export interface Starting {
  /** Undefined where it has been asked for already, or nothing is to be changed. */
  readonly update: Omit<UpdateServiceCommandInput, 'service' | 'cluster'> | undefined;
  /** Scaling as it was before; undefined where it is so. */
  readonly resume: Suspension | undefined;
  /** Tasks that are to run then, and of what. */
  readonly running: number;
  readonly taskDefinition: string | null;
}

/**
 * What to do with a service that Nightshift stopped. A number of tasks that somebody has given it since stays. A new deployment
 * is forced: tasks that were never stopped would keep their connections, and the addresses that they know by the old name.
 */
export function howToStart(
  stopped: StoppedService,
  { service, scaling }: Consumer & { readonly service: Service },
  { revision, since }: Wish,
): Starting {
  const desired = service.desiredCount ?? 0;
  const rolling = controllerOf(service) === 'ECS';
  const primary = primaryOf(service);
  const definition = primary?.taskDefinition ?? service.taskDefinition;
  const changed = revision !== undefined && revision !== definition;
  const running = desired > 0 ? desired : stopped.desiredCount;
  const { suspension } = stopped;
  return {
    update: update(),
    resume:
      suspension !== null && scaling !== null && !sameSuspension(suspension, scaling.suspension)
        ? suspension
        : undefined,
    running,
    taskDefinition: rolling ? (revision ?? definition ?? null) : null,
  };

  function update(): Starting['update'] {
    if (running === 0) return changed ? { taskDefinition: revision } : undefined;
    const isNew = (primary?.createdAt?.getTime() ?? 0) >= since;
    if (desired > 0 && !changed && (isNew || !rolling)) return undefined;
    return {
      ...(desired > 0 ? {} : { desiredCount: running }),
      ...(changed ? { taskDefinition: revision } : {}),
      // Other controllers refuse it.
      ...(rolling ? { forceNewDeployment: true } : {}),
    };
  }
}

/** What to do with a service that runs while the database under its name has become another one. */
export function howToRestart(consumer: Consumer & { readonly service: Service }, wish: Wish): Starting {
  const { desiredCount = 0, taskDefinition = null } = { ...consumer.service };
  const rests = { cluster: '', service: '', database: '', run: '', at: '', suspension: null };
  return howToStart({ ...rests, desiredCount, taskDefinition }, consumer, wish);
}

/**
 * Which task definition a service goes back to when a run is undone: what it had when it was stopped, if the run gave it
 * another one and the database that this one was for has its name back.
 */
export function revisionToUndo(
  stopped: StoppedService | undefined,
  service: Service,
  given: string | undefined,
  databaseIsBack: boolean,
): string | undefined {
  const definition = primaryOf(service)?.taskDefinition;
  if (!databaseIsBack || given === undefined || definition !== given) return undefined;
  return stopped?.taskDefinition ?? undefined;
}
