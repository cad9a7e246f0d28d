import { describe, expect, test } from 'vitest';
import { cacheStateOf } from '../../../functions/cache/cache-state.ts';
import { parseInfo } from '../../../functions/cache/info.ts';

const INFO = [
  '# Server',
  'redis_version:7.0.15',
  'uptime_in_seconds:42',
  'executable:/usr/bin/redis-server:x',
  '# Clients',
  'connected_clients:3',
  '# Memory',
  'used_memory:1048576',
  'maxmemory:0',
  '# Stats',
  'keyspace_hits:30',
  'keyspace_misses:10',
  'evicted_keys:7',
  '# Keyspace',
  'db0:keys=2,expires=1,avg_ttl=0',
  'db11:keys=40,expires=0,avg_ttl=0',
  '',
].join('\r\n');

describe('how a cache is', () => {
  test('is read from what it tells', () => {
    expect(cacheStateOf(parseInfo(INFO))).toEqual({
      version: '7.0.15',
      uptimeSeconds: 42,
      usedMemoryBytes: 1_048_576,
      maximumMemoryBytes: null,
      hits: 30,
      misses: 10,
      hitRate: 0.75,
      evictedKeys: 7,
      connectedClients: 3,
      keys: 42,
    });
    expect(parseInfo(INFO).get('executable')).toBe('/usr/bin/redis-server:x');
  });
  test('has no hit rate before the first look-up, and no keys when it is empty', () => {
    const fresh = INFO.replace('hits:30', 'hits:0')
      .replace('misses:10', 'misses:0')
      .replace(/db\d+:.*/g, '');
    expect(cacheStateOf(parseInfo(fresh))).toMatchObject({ hitRate: null, keys: 0 });
  });
  test('is not made up where it does not tell', () => {
    expect(() => cacheStateOf(parseInfo(INFO.replace(/used_memory:.*/, '')))).toThrow(
      /does not tell its used_memory/,
    );
  });
});
