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
  'maxmemory:2097152',
  'maxmemory_policy:volatile-lru',
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
      maximumMemoryBytes: 2_097_152,
      maximumMemoryPolicy: 'volatile-lru',
      hits: 30,
      misses: 10,
      evictedKeys: 7,
      connectedClients: 3,
      keys: 42,
      expiringKeys: 1,
    });
    expect(parseInfo(INFO).get('executable')).toBe('/usr/bin/redis-server:x');
  });
  test('has no keys when it is empty', () => {
    expect(cacheStateOf(parseInfo(INFO.replace(/db\d+:.*/g, '')))).toMatchObject({
      keys: 0,
      expiringKeys: 0,
    });
  });
  test.each([
    [/used_memory:.*/, '', 'usedMemoryBytes'],
    [/keyspace_hits:.*/, 'keyspace_hits:', 'hits'],
    [/maxmemory:.*/, 'maxmemory:lots', 'maximumMemoryBytes'],
    [/maxmemory_policy:.*/, '', 'maximumMemoryPolicy'],
    [/redis_version:.*/, '', 'version'],
  ])('is not made up where it does not tell: %s', (line, instead, field) => {
    expect(cacheStateOf(parseInfo(INFO.replace(line, instead)))).toHaveProperty(field, undefined);
  });
  test('is that of Valkey, which calls itself a Redis for older clients', () => {
    const info = parseInfo(`${INFO}valkey_version:8.0.1\r\n`);
    expect(cacheStateOf(info).version).toBe('8.0.1');
  });
});
