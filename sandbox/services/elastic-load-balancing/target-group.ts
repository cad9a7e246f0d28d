import { get } from 'node:http';
import type { Machine, RegisteredTarget } from '../../contract.ts';

export interface TargetGroupSettings {
  readonly name: string;
  readonly arn: string;
  readonly fullName: string;
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** `200`, `200-299` or `200,204`. */
  readonly matcher: string;
  readonly deregistrationSeconds: number;
}

interface Target {
  readonly port: number;
  state: 'initial' | 'healthy' | 'unhealthy' | 'draining';
  streak: number;
  requests: number;
  stopChecks: () => void;
}

/** How often draining looks whether the last request has ended, in sandbox milliseconds. */
const DRAIN_STEP_MILLISECONDS = 1000;

/** Whether a status code is one of those that the matcher names. */
export function matcherAccepts(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [from, to = from] = part.trim().split('-').map(Number);
    return status >= (from as number) && status <= (to as number);
  });
}

/** A target group: health-checks its targets and hands them out in turn. */
export class TargetGroup {
  readonly settings: TargetGroupSettings;
  readonly #machine: Machine;
  readonly #targets = new Set<Target>();
  #turn = 0;

  constructor(machine: Machine, settings: TargetGroupSettings) {
    this.#machine = machine;
    this.settings = settings;
  }

  register(port: number): RegisteredTarget {
    const target: Target = { port, state: 'initial', streak: 0, requests: 0, stopChecks: () => {} };
    this.#targets.add(target);
    let stopped = false;
    target.stopChecks = () => {
      stopped = true;
    };
    const loop = async () => {
      while (!stopped) {
        const passed = await this.#check(port);
        if (stopped) return;
        this.#note(target, passed);
        await this.#machine.clock.sleep(this.settings.intervalSeconds * 1000);
      }
    };
    void loop();
    return {
      health: () => target.state,
      deregister: async () => {
        if (target.state === 'draining') return;
        target.stopChecks();
        target.state = 'draining';
        const until = this.#machine.clock.now() + this.settings.deregistrationSeconds * 1000;
        while (target.requests > 0 && this.#machine.clock.now() < until)
          await this.#machine.clock.sleep(DRAIN_STEP_MILLISECONDS);
        this.#targets.delete(target);
      },
    };
  }

  #note(target: Target, passed: boolean): void {
    if (target.state === 'draining') return;
    target.streak = passed ? Math.max(target.streak, 0) + 1 : Math.min(target.streak, 0) - 1;
    if (target.streak >= this.settings.healthyThreshold || (target.state === 'initial' && passed))
      target.state = 'healthy';
    if (-target.streak >= this.settings.unhealthyThreshold) target.state = 'unhealthy';
  }

  #check(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      // The time-out is real: a busy machine does not answer faster because the clock runs fast.
      const request = get(
        {
          host: '127.0.0.1',
          port,
          path: this.settings.path,
          timeout: this.settings.timeoutSeconds * 1000,
          agent: false,
        },
        (response) => {
          response.resume();
          resolve(matcherAccepts(this.settings.matcher, response.statusCode ?? 0));
        },
      );
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
    });
  }

  /** The next target for a request; all are tried when none is healthy, as a load balancer fails open. */
  choose(): { port: number; done(): void } | undefined {
    const registered = [...this.#targets].filter(({ state }) => state !== 'draining');
    const healthy = registered.filter(({ state }) => state === 'healthy');
    const candidates = healthy.length > 0 ? healthy : registered.filter(({ state }) => state === 'unhealthy');
    this.#turn += 1;
    const target = candidates[this.#turn % Math.max(candidates.length, 1)];
    if (!target) return undefined;
    target.requests += 1;
    return {
      port: target.port,
      done() {
        target.requests -= 1;
      },
    };
  }

  counts(): { healthy: number; unhealthy: number } {
    const states = [...this.#targets].map(({ state }) => state);
    return {
      healthy: states.filter((state) => state === 'healthy').length,
      unhealthy: states.filter((state) => state === 'unhealthy').length,
    };
  }

  close(): void {
    for (const target of this.#targets) target.stopChecks();
  }
}
