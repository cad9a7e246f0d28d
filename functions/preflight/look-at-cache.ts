import type { CacheConnection } from '../../schemas/cache-connection.ts';
import type { Judgement } from '../../schemas/finding.ts';
import { greetCache } from '../cache/greet-cache.ts';
import { judgeNotConnected } from '../health/judge-not-connected.ts';
import type { Part } from '../health/look-at-all.ts';
import { found } from './examine.ts';

const EXPECTED = 'must be there, for a task of this release to use it';
const WORDS = {
  answers: 'is there, and asks for no token',
  'wants a login': 'is there, and asks for a token',
} as const;

/** Whether a cache can be reached from the service's network. No token is sent: which one a release has nobody declared. */
export function cachePart(cache: CacheConnection): Part {
  const check = `cache ${cache.name}`;
  return {
    kind: 'cache',
    check,
    expected: EXPECTED,
    look: async () => [found(check, await judge(cache))],
  };
}

async function judge(cache: CacheConnection): Promise<Judgement> {
  try {
    return { verdict: 'pass', observed: WORDS[await greetCache(cache)], expected: EXPECTED };
  } catch (error) {
    return judgeNotConnected(error, EXPECTED);
  }
}
