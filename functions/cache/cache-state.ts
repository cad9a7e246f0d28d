import { PreconditionFailed } from '../errors.ts';
import { type Info, parseInfo } from './info.ts';
import type { CacheSession } from './redis-session.ts';

/** How a cache is (P-05). Counters run since the node was started. */
export interface CacheState {
  /** Version of the engine. */
  readonly version: string;
  readonly uptimeSeconds: number;
  /** Time from PING to its answer. */
  readonly pingMilliseconds: number;
  readonly usedMemoryBytes: number;
  /** Null where the engine has no limit. */
  readonly maximumMemoryBytes: number | null;
  readonly hits: number;
  readonly misses: number;
  /** Hits among all look-ups, 0 to 1; null where there was none yet. */
  readonly hitRate: number | null;
  readonly evictedKeys: number;
  /** Connections of clients, ours among them. */
  readonly connectedClients: number;
  /** Keys of all databases. */
  readonly keys: number;
}

/**
 * Reads how the cache is, in two round trips.
 *
 * @throws PreconditionFailed where the cache does not tell
 */
export async function readCacheState(session: CacheSession): Promise<CacheState> {
  const started = performance.now();
  await session.command('PING');
  const pingMilliseconds = performance.now() - started;
  const info = parseInfo(String(await session.command('INFO')));
  return { pingMilliseconds, ...cacheStateOf(info) };
}

/** @throws PreconditionFailed naming what INFO does not tell */
export function cacheStateOf(info: Info): Omit<CacheState, 'pingMilliseconds'> {
  const number = (name: string) => {
    const value = Number(info.get(name) ?? Number.NaN);
    if (Number.isFinite(value)) return value;
    throw new PreconditionFailed(`The cache does not tell its ${name} (INFO). Nothing was changed.`);
  };
  const hits = number('keyspace_hits');
  const misses = number('keyspace_misses');
  return {
    version: info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown',
    uptimeSeconds: number('uptime_in_seconds'),
    usedMemoryBytes: number('used_memory'),
    maximumMemoryBytes: number('maxmemory') || null,
    hits,
    misses,
    hitRate: hits + misses === 0 ? null : hits / (hits + misses),
    evictedKeys: number('evicted_keys'),
    connectedClients: number('connected_clients'),
    keys: countKeys(info),
  };
}

/** A database has a line (`db0:keys=2,expires=0,avg_ttl=0`) when it has keys. */
function countKeys(info: Info): number {
  return [...info].reduce((sum, [name, text]) => {
    const keys = /^db\d+$/.test(name) ? /(?:^|,)keys=(\d+)/.exec(text)?.[1] : undefined;
    return sum + Number(keys ?? 0);
  }, 0);
}
