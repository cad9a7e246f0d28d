/** Circuit breaker threshold: half of the desired count, at least 3 and at most 200. @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html */
export function circuitBreakerThreshold(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));
}

/** Tasks of one side of a deployment. `healthy` are running and, behind a load balancer, passed their health check. */
export interface TaskCounts {
  readonly total: number;
  readonly healthy: number;
}

export interface Scheduling {
  readonly start: number;
  readonly stopOld: number;
  readonly stopNew: number;
}

/**
 * What the rolling scheduler does now: how many tasks of the primary deployment to start, how many of the older ones and
 * of its own to stop.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
 */
export function schedule(options: {
  desired: number;
  minimumHealthyPercent: number;
  maximumPercent: number;
  primary: TaskCounts;
  old: TaskCounts;
}): Scheduling {
  const { desired, primary, old } = options;
  const lower = Math.ceil((desired * options.minimumHealthyPercent) / 100);
  const upper = Math.max(Math.floor((desired * options.maximumPercent) / 100), desired === 0 ? 0 : 1);
  const total = primary.total + old.total;
  const start = Math.max(0, Math.min(desired - primary.total, upper - total));
  const stopNew = Math.max(0, primary.total - desired);
  const unhealthyOld = old.total - old.healthy;
  const spare = Math.max(0, primary.healthy + old.healthy - lower);
  // An old task that is not healthy holds nobody up; healthy ones go as far as the minimum allows.
  const stopOld =
    desired === 0 ? old.total : Math.min(old.total, unhealthyOld + Math.min(spare, old.healthy));
  // Old tasks stay while nothing new is healthy, unless the maximum leaves no room otherwise.
  const mayStopOld =
    primary.healthy > 0 || primary.total + start === 0 || (start === 0 && primary.total < desired);
  return { start, stopNew, stopOld: mayStopOld || desired === 0 ? stopOld : 0 };
}

/** Steady: all tasks of the primary deployment healthy, none of an older one left. */
export function isSteady(options: { desired: number; primary: TaskCounts; old: TaskCounts }): boolean {
  return (
    options.primary.total === options.desired &&
    options.primary.healthy === options.desired &&
    options.old.total === 0
  );
}

/** Pause before another task is started after so many failures in a row, in milliseconds; ECS too slows down. */
export function restartPause(failuresInARow: number): number {
  return failuresInARow < 3 ? 0 : Math.min(5000 * 2 ** (failuresInARow - 3), 300_000);
}
