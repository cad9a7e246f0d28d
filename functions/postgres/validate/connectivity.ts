import type { Check } from '../../../schemas/run.ts';
import { median } from '../../http/health-answer.ts';
import type { Session } from '../session.ts';
import { check, failure, judged, notChecked } from './check.ts';

const NAME = 'connectivity';
/** One slow answer does not decide. */
const ROUND_TRIPS = 3;
/** Within a region a round trip takes about a millisecond; a second is far from well. */
const LATENCY_LIMIT_MILLISECONDS = 1000;

/**
 * Whether the database answers, and how fast (P-02). That the session exists at all says that TLS was verified.
 *
 * @param latencyLimitMilliseconds for the median of three `SELECT 1`
 */
export function checkConnectivity(
  session: Session,
  latencyLimitMilliseconds = LATENCY_LIMIT_MILLISECONDS,
): Promise<Check> {
  return judged(NAME, async () => {
    const times: number[] = [];
    for (let index = 0; index < ROUND_TRIPS; index += 1) {
      const started = performance.now();
      await session.query('SELECT 1');
      times.push(performance.now() - started);
    }
    const latency = median(times);
    return check(
      NAME,
      latency <= latencyLimitMilliseconds,
      `connected in ${session.connectMilliseconds.toFixed(0)} ms with ${session.tlsProtocol}, certificate and name verified; median latency ${latency.toFixed(1)} ms, limit ${latencyLimitMilliseconds} ms`,
    );
  });
}

/** The check in place of all others when `openSession` failed. */
export function failedConnectivity(error: unknown): Check {
  return notChecked(NAME, failure(error));
}
