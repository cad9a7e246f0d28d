import type { Finding, Judgement } from '../../schemas/finding.ts';
import type { CacheHealth } from '../../schemas/health/cache-health.ts';
import type { CacheState } from '../cache/cache-state.ts';
import { finding } from './findings.ts';

const MEBIBYTE = 1_048_576;
/** A cache this full refuses writes soon, where it may not make room. Percent. */
const FULL_PERCENT = 90;

/** Judges memory, hit rate, evictions, clients and keys of a cache (P-04, P-05). */
export function judgeCacheState(state: CacheState, limits: CacheHealth): Finding[] {
  return [
    finding('cache', 'memory', judgeMemory(state, limits)),
    finding('cache', 'hit rate', judgeHitRate(state, limits)),
    finding('cache', 'evictions', judgeEvictions(state, limits)),
    finding('cache', 'clients', judgeClients(state, limits)),
    finding('cache', 'keys', judgeKeys(state)),
  ];
}

function judgeMemory(state: CacheState, { usualBytes, warnBytes }: CacheHealth): Judgement {
  const { usedMemoryBytes: used, maximumMemoryBytes: most, maximumMemoryPolicy: policy } = state;
  const expected = `at most ${mebibytes(warnBytes)}, usually less than ${mebibytes(usualBytes)}`;
  if (used === undefined || most === undefined)
    return {
      verdict: 'unknown',
      observed: `it does not say how much it ${used === undefined ? 'uses' : 'may use'}`,
      expected,
    };
  const percent = most > 0 ? (100 * used) / most : 0;
  const limit =
    most > 0 ? `, ${Math.round(percent)} % of ${mebibytes(most)} (${policy ?? 'policy unknown'})` : '';
  const observed = `${mebibytes(used)}${limit}${used > usualBytes ? ', more than usual' : ''}`;
  const room = percent >= FULL_PERCENT ? makesRoom(state) : true;
  if (room === undefined) return { verdict: 'unknown', observed, expected };
  if (!room)
    return { verdict: 'fail', observed: `${observed}: it makes no room, and soon refuses writes`, expected };
  return { verdict: used > warnBytes ? 'warn' : 'pass', observed, expected };
}

/**
 * Whether a full cache takes writes all the same, since it may give other keys up. Of ElastiCache's default, `volatile-lru`, those
 * alone that have a time to live.
 *
 * @see https://redis.io/docs/latest/develop/reference/eviction/
 */
function makesRoom({ maximumMemoryPolicy: policy, expiringKeys }: CacheState): boolean | undefined {
  if (policy === undefined) return undefined;
  if (policy === 'noeviction') return false;
  return policy.startsWith('volatile-') ? expiringKeys > 0 : true;
}

function judgeHitRate({ hits, misses, uptimeSeconds }: CacheState, limits: CacheHealth): Judgement {
  const warming = uptimeSeconds !== undefined && uptimeSeconds < limits.warmingSeconds;
  const least = warming ? limits.warmingHitRatePercent : limits.hitRatePercent;
  const expected = `more than ${least} %${warming ? ' while it is warming' : ''}`;
  if (hits === undefined || misses === undefined || uptimeSeconds === undefined)
    return { verdict: 'unknown', observed: 'it does not say how often it was hit, and since when', expected };
  const lookups = hits + misses;
  if (lookups < limits.minimumLookups || lookups === 0)
    return { verdict: 'unknown', observed: `${lookups} look-ups prove nothing`, expected };
  const percent = (100 * hits) / lookups;
  return {
    verdict: percent > least ? 'pass' : 'fail',
    observed: `${percent.toFixed(1)} % of ${lookups} look-ups`,
    expected,
  };
}

function judgeEvictions({ evictedKeys }: CacheState, { evictedKeys: most }: CacheHealth): Judgement {
  return atMost(evictedKeys, most, 'keys were evicted since it was started');
}

function judgeClients({ connectedClients }: CacheState, { connectedClients: most }: CacheHealth): Judgement {
  return atMost(connectedClients, most, 'clients are connected');
}

/** How many there are is a matter of what it is for; that there are none where something looks for them is not. */
function judgeKeys({ keys, hits = 0, misses = 0 }: CacheState): Judgement {
  return {
    verdict: keys === 0 && hits + misses > 0 ? 'warn' : 'pass',
    observed: `${keys} keys`,
    expected: 'keys, where something looks for them',
  };
}

function atMost(value: number | undefined, most: number | undefined, what: string): Judgement {
  const expected = most === undefined ? 'a number' : `at most ${most}`;
  if (value === undefined) return { verdict: 'unknown', observed: 'it does not say how many', expected };
  return {
    verdict: value > (most ?? Number.POSITIVE_INFINITY) ? 'warn' : 'pass',
    observed: `${value} ${what}`,
    expected,
  };
}

function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(bytes < 10 * MEBIBYTE ? 1 : 0)} MiB`;
}
