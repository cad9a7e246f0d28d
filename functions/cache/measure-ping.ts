import { percentile } from '../percentile.ts';
import type { CacheSession } from './redis-session.ts';

/** One alone may have waited for something else on this side. */
const PINGS = 3;

/** Median time from PING to its answer, in milliseconds. The errors of the session's commands. */
export async function measurePing(session: CacheSession): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < PINGS; count += 1) {
    const started = performance.now();
    await session.command('PING');
    times.push(performance.now() - started);
  }
  return percentile(times, 50);
}
