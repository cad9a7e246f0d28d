import { type Info, parseInfo } from './info.ts';
import type { CacheSession } from './redis-session.ts';

/** Undefined where the cache does not tell: nothing is made up. */
type Told = number | undefined;

/** How a cache is, as it tells of itself (P-05). Counters run since the node was started. */
export interface CacheState {
  /** Version of the engine. */
  readonly version: string | undefined;
  readonly uptimeSeconds: Told;
  readonly usedMemoryBytes: Told;
  /** 0 where the engine has no limit. */
  readonly maximumMemoryBytes: Told;
  /** What it does when it is full: `allkeys-lru`, `volatile-lru`, `noeviction`, … */
  readonly maximumMemoryPolicy: string | undefined;
  readonly hits: Told;
  readonly misses: Told;
  readonly evictedKeys: Told;
  /** Connections of clients, ours among them. */
  readonly connectedClients: Told;
  /** Keys of all databases, and those of them that go by themselves some time. */
  readonly keys: number;
  readonly expiringKeys: number;
}

/**
 * Reads how the cache is. The errors of the session's commands.
 *
 * @see https://redis.io/docs/latest/commands/info/
 */
export async function readCacheState(session: CacheSession): Promise<CacheState> {
  return cacheStateOf(parseInfo(String(await session.command('INFO'))));
}

/** Picks the state out of what INFO tells. */
export function cacheStateOf(info: Info): CacheState {
  const number = (name: string): Told => {
    const text = info.get(name)?.trim() ?? '';
    const value = text === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  return {
    version: info.get('valkey_version') ?? info.get('redis_version'),
    uptimeSeconds: number('uptime_in_seconds'),
    usedMemoryBytes: number('used_memory'),
    maximumMemoryBytes: number('maxmemory'),
    maximumMemoryPolicy: info.get('maxmemory_policy'),
    hits: number('keyspace_hits'),
    misses: number('keyspace_misses'),
    evictedKeys: number('evicted_keys'),
    connectedClients: number('connected_clients'),
    keys: count(info, 'keys'),
    expiringKeys: count(info, 'expires'),
  };
}

/** A database has a line (`db0:keys=2,expires=0,avg_ttl=0`) when it has keys. */
function count(info: Info, field: 'keys' | 'expires'): number {
  const wanted = new RegExp(`(?:^|,)${field}=(\\d+)`);
  return [...info].reduce(
    (sum, [name, text]) => (/^db\d+$/.test(name) ? sum + Number(wanted.exec(text)?.[1] ?? 0) : sum),
    0,
  );
}
