import type { Finding } from '../../../schemas/finding.ts';
import type { CacheHealth } from '../../../schemas/health/cache-health.ts';
import { readCacheState } from '../../cache/cache-state.ts';
import { measurePing } from '../../cache/measure-ping.ts';
import type { CacheSession } from '../../cache/redis-session.ts';
import { RunbookError } from '../../errors.ts';
import { finding } from '../findings.ts';
import { judgeCacheState } from '../judge-cache-state.ts';
import { judgeNotConnected } from '../judge-not-connected.ts';
import { whyNotLooked } from '../why-not-looked.ts';

/** Asks a cache that let us in: whether it answers, and how it is (P-05). */
export async function askCache(session: CacheSession, health: CacheHealth): Promise<Finding[]> {
  const answers = `PING is answered within ${health.latencyMilliseconds} ms`;
  let ping: number;
  try {
    ping = await measurePing(session);
  } catch (error) {
    // It let us in and then did not answer: that is no reason to know nothing.
    return [finding('cache', 'connectivity', judgeNotConnected(error, answers))];
  }
  const connected = finding('cache', 'connectivity', {
    verdict: ping <= health.latencyMilliseconds ? 'pass' : 'fail',
    observed: `connected in ${session.connectMilliseconds.toFixed(0)} ms, certificate and name verified; PING took ${ping.toFixed(1)} ms (median)`,
    expected: answers,
  });
  try {
    return [connected, ...judgeCacheState(await readCacheState(session), health)];
  } catch (error) {
    if (!(error instanceof RunbookError)) throw error;
    // Others use it without INFO.
    const observed = whyNotLooked(error);
    const expected = 'INFO says how it is';
    return [connected, finding('cache', 'state', { verdict: 'unknown', observed, expected })];
  }
}
