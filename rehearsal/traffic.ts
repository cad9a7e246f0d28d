import { Agent, request } from 'node:http';
import type { Clock } from '../sandbox/contract.ts';

/** What the clients of a service saw. */
export interface TrafficCount {
  readonly requests: number;
  readonly errors: number;
}

export interface Traffic {
  /** Since the last call of this function. */
  take(): TrafficCount;
  readonly total: TrafficCount;
  stop(): void;
}

const REQUEST_TIMEOUT_MILLISECONDS = 5000;

/**
 * Sends steady requests to a service, as its clients would; bounded by its rate, and stops by itself after a while.
 *
 * @param options.everyMilliseconds on the sandbox's clock
 */
export function startTraffic(
  baseUrl: string,
  options: { clock: Clock; everyMilliseconds: number; atMost: number },
): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const total = { requests: 0, errors: 0 };
  let taken = { requests: 0, errors: 0 };
  let sent = 0;
  const ask = (method: 'GET' | 'POST') => {
    const count = (failed: boolean) => {
      total.requests += 1;
      if (failed) total.errors += 1;
    };
    let counted = false;
    const once = (failed: boolean) => {
      if (!counted) count(failed);
      counted = true;
    };
    const outgoing = request(
      `${baseUrl}/items`,
      { method, agent, timeout: REQUEST_TIMEOUT_MILLISECONDS },
      (response) => {
        response.resume();
        response.on('end', () => once((response.statusCode ?? 500) >= 500));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => once(true));
    outgoing.end();
  };
  const cancel = options.clock.every(options.everyMilliseconds, () => {
    sent += 1;
    ask(sent % 5 === 0 ? 'POST' : 'GET');
    if (sent >= options.atMost) stop();
  });
  function stop(): void {
    cancel();
    agent.destroy();
  }
  return {
    total,
    stop,
    take() {
      const count = { requests: total.requests - taken.requests, errors: total.errors - taken.errors };
      taken = { ...total };
      return count;
    },
  };
}
