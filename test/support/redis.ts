import { describe } from 'vitest';
import { findRedisServer, NO_REDIS } from '../../sandbox/redis/program.ts';

/** Whether tests can start a real Redis. */
export const HAS_REDIS = findRedisServer() !== undefined;

// Once in each file that needs one, so that nobody takes what was not tested for what passed.
if (!HAS_REDIS) console.warn(`Skipped what needs a real Redis: ${NO_REDIS}.`);

/** A group of tests that need a real Redis; skipped, with the reason, where the machine has none. */
export const describeWithRedis = (name: string, tests: () => void) =>
  describe.skipIf(!HAS_REDIS)(HAS_REDIS ? name : `${name} (skipped: no redis-server on this machine)`, tests);
