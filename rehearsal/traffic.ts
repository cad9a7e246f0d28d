import { Agent, request } from 'node:http';

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

/** Sends steady requests to a service, as its clients would; bounded by its rate, and stops by itself after a while. */
export function startTraffic(
  baseUrl: string,
  options: { perSecond: number; atMostSeconds: number },
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
  const timer = setInterval(() => {
    sent += 1;
    ask(sent % 5 === 0 ? 'POST' : 'GET');
    if (sent >= options.perSecond * options.atMostSeconds) stop();
  }, 1000 / options.perSecond);
  function stop(): void {
    clearInterval(timer);
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
