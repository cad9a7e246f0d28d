import type { Machine } from '../../contract.ts';
import type { Instance, InstanceStatus } from './model.ts';

/** Does what takes time: one thing at a time per instance, until the service closes. */
export interface Lifecycle {
  /** Starts what leads an instance back to `available`, by {@link Lifecycle.phase}s. If it fails, so has the instance. */
  start(instance: Instance, status: InstanceStatus, steps: () => Promise<void>): void;
  /**
   * One state of an instance that lasts so many sandbox milliseconds, and at least as long as the work in it.
   *
   * @param ended tells that it is over: RDS's word for it comes at the end, not when the work is done here
   */
  phase(
    instance: Instance,
    status: InstanceStatus,
    milliseconds: number,
    action: () => Promise<void>,
    ended?: () => void,
  ): Promise<void>;
  /** Stays as it is until something else is done with the instance. */
  hang(instance: Instance): Promise<never>;
  /** Ends what is going on with an instance, to do this with it instead. */
  replace(instance: Instance, status: InstanceStatus, steps: () => Promise<void>): void;
  /** Does work that belongs to no instance. `onFailure` learns that it failed. */
  background(action: (signal: AbortSignal) => Promise<void>, onFailure: () => void): void;
  /** Ends everything and waits until it has ended. */
  close(): Promise<void>;
}

/** Thrown by what {@link Lifecycle.start} runs: the instance ends in this state, and not because the sandbox has failed. */
export class EndsAs extends Error {
  readonly status: InstanceStatus;
  constructor(status: InstanceStatus) {
    super(`The instance ends as ${status}.`);
    this.status = status;
  }
}

/** Rejects when aborted, and does nothing else. */
export async function hanging(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Counts as work of this machine for as long as the action takes. */
export async function working<T>(machine: Machine, action: () => Promise<T>): Promise<T> {
  const finished = machine.clock.work();
  try {
    return await action();
  } finally {
    finished();
  }
}

/** Does work, then sleeps until so many sandbox milliseconds have passed since its begin. */
export async function lasting(
  machine: Machine,
  milliseconds: number,
  signal: AbortSignal,
  action: () => Promise<void>,
): Promise<void> {
  const begun = machine.clock.now();
  await working(machine, action);
  signal.throwIfAborted();
  await machine.clock.sleep(Math.max(0, begun + milliseconds - machine.clock.now()), signal);
}

export function createLifecycle(machine: Machine): Lifecycle {
  const jobs = new Map<Instance, { controller: AbortController; done: Promise<void> }>();
  const closing = new AbortController();
  const others = new Set<Promise<void>>();

  function begin(instance: Instance, status: InstanceStatus, steps: () => Promise<void>): void {
    instance.status = status;
    const previous = jobs.get(instance);
    const controller = new AbortController();
    if (closing.signal.aborted) controller.abort();
    const run = async () => {
      await previous?.done;
      await steps();
      if (instance.status !== 'deleting') instance.status = 'available';
    };
    const done = run().catch((error) => {
      if (controller.signal.aborted) return;
      if (error instanceof EndsAs) {
        instance.status = error.status;
        return;
      }
      instance.status = 'failed';
      machine.log(`rds: ${instance.identifier}: ${error instanceof Error ? error.stack : String(error)}`);
    });
    jobs.set(instance, { controller, done });
  }

  return {
    start: begin,
    async phase(instance, status, milliseconds, action, ended = () => {}) {
      const signal = jobs.get(instance)?.controller.signal ?? closing.signal;
      signal.throwIfAborted();
      instance.status = status;
      await lasting(machine, milliseconds, signal, action);
      ended();
    },
    hang: (instance) => hanging(jobs.get(instance)?.controller.signal ?? closing.signal),
    replace(instance, status, steps) {
      jobs.get(instance)?.controller.abort();
      begin(instance, status, steps);
    },
    background(action, onFailure) {
      const done = action(closing.signal).catch((error) => {
        if (closing.signal.aborted) return;
        onFailure();
        machine.log(`rds: ${error instanceof Error ? error.stack : String(error)}`);
      });
      others.add(done);
      done.finally(() => others.delete(done));
    },
    async close() {
      closing.abort();
      for (const { controller } of jobs.values()) controller.abort();
      await Promise.all([...[...jobs.values()].map(({ done }) => done), ...others]);
    },
  };
}
