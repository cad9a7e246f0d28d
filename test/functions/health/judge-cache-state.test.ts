import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CacheState } from '../../../functions/cache/cache-state.ts';
import { judgeCacheState } from '../../../functions/health/judge-cache-state.ts';
import { CACHE_HEALTH_DEFAULTS } from '../../../schemas/health/cache-health.ts';

const MEBIBYTE = 1_048_576;
const WARM = 86_400;
const WELL: CacheState = {
  version: '7.1.0',
  usedMemoryBytes: 50 * MEBIBYTE,
  hits: 900,
  misses: 100,
  evictedKeys: 0,
  connectedClients: 12,
  keys: 4711,
  expiringKeys: 1,
  uptimeSeconds: WARM,
  maximumMemoryBytes: 0,
  maximumMemoryPolicy: 'noeviction',
};
const findings = (change: Partial<CacheState>, limits = {}) =>
  new Map(
    judgeCacheState({ ...WELL, ...change }, { ...CACHE_HEALTH_DEFAULTS, ...limits }).map((one) => [
      one.check,
      one,
    ]),
  );
const verdict = (check: string, change: Partial<CacheState>, limits = {}) =>
  findings(change, limits).get(check)?.verdict;
const full = (maximumMemoryPolicy: string | undefined, expiringKeys = 0) => ({
  maximumMemoryBytes: 52 * MEBIBYTE,
  maximumMemoryPolicy,
  expiringKeys,
});

describe('a cache', () => {
  it.each<[string, string, Partial<CacheState>, string]>([
    ['uses little memory', 'memory', {}, 'pass'],
    ['uses more than usual', 'memory', { usedMemoryBytes: 300 * MEBIBYTE }, 'pass'],
    ['uses too much', 'memory', { usedMemoryBytes: 501 * MEBIBYTE }, 'warn'],
    ['has room', 'memory', { ...full('noeviction'), maximumMemoryBytes: 60 * MEBIBYTE }, 'pass'],
    ['refuses writes soon', 'memory', full('noeviction'), 'fail'],
    ['is full and makes room', 'memory', full('allkeys-lru'), 'pass'],
    ['is full and may give up some keys', 'memory', full('volatile-lru', 1), 'pass'],
    ['is full and may give up none', 'memory', full('volatile-lru', 0), 'fail'],
    ['is full and does not tell its policy', 'memory', full(undefined), 'unknown'],
    ['does not tell its memory', 'memory', { usedMemoryBytes: undefined }, 'unknown'],
    ['does not tell its limit', 'memory', { maximumMemoryBytes: undefined }, 'unknown'],
    ['hits often', 'hit rate', { hits: 71, misses: 29 }, 'pass'],
    ['hits seldom', 'hit rate', { hits: 70, misses: 30 }, 'fail'],
    ['hits seldom while it is warming', 'hit rate', { hits: 41, misses: 59, uptimeSeconds: 60 }, 'pass'],
    ['hardly hits while it is warming', 'hit rate', { hits: 40, misses: 60, uptimeSeconds: 60 }, 'fail'],
    ['was hardly asked', 'hit rate', { hits: 0, misses: 99 }, 'unknown'],
    ['does not tell its hits', 'hit rate', { hits: undefined }, 'unknown'],
    ['does not tell its age', 'hit rate', { uptimeSeconds: undefined }, 'unknown'],
    ['evicts nothing', 'evictions', {}, 'pass'],
    ['evicts', 'evictions', { evictedKeys: 1 }, 'warn'],
    ['does not tell its evictions', 'evictions', { evictedKeys: undefined }, 'unknown'],
    ['has clients', 'clients', {}, 'pass'],
    ['does not tell its clients', 'clients', { connectedClients: undefined }, 'unknown'],
    ['has keys', 'keys', {}, 'pass'],
    ['was emptied', 'keys', { keys: 0 }, 'warn'],
    ['was never used', 'keys', { keys: 0, hits: 0, misses: 0 }, 'pass'],
  ])('%s', (_, check, change, expected) => {
    expect(verdict(check, change)).toBe(expected);
  });

  it('has no more clients than are declared', () => {
    expect(verdict('clients', {}, { connectedClients: 11 })).toBe('warn');
  });

  it('says of a full one why that is bad', () => {
    expect(findings(full('volatile-ttl')).get('memory')?.observed).toBe(
      '50 MiB, 96 % of 52 MiB (volatile-ttl): it makes no room, and soon refuses writes',
    );
  });

  it('was looked up never, and any limit of look-ups proves nothing then', () => {
    expect(verdict('hit rate', { hits: 0, misses: 0 }, { minimumLookups: 0 })).toBe('unknown');
  });

  it('never passes for what it does not tell', () => {
    const told = fc.option(fc.nat(), { nil: undefined });
    const state = fc.record({
      usedMemoryBytes: told,
      maximumMemoryBytes: told,
      hits: told,
      misses: told,
      evictedKeys: told,
      connectedClients: told,
      uptimeSeconds: told,
    });
    fc.assert(
      fc.property(state, (some) => {
        const found = findings(some);
        const missing = (...values: unknown[]) => values.includes(undefined);
        expect(found.get('memory')?.verdict === 'unknown').toBe(
          missing(some.usedMemoryBytes, some.maximumMemoryBytes),
        );
        if (missing(some.hits, some.misses, some.uptimeSeconds))
          expect(found.get('hit rate')?.verdict).toBe('unknown');
        expect(found.get('evictions')?.verdict === 'unknown').toBe(missing(some.evictedKeys));
        expect(found.get('clients')?.verdict === 'unknown').toBe(missing(some.connectedClients));
        expect(JSON.stringify([...found])).not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });
});
