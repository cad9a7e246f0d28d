import type { Finding, Judgement } from '../../../schemas/finding.ts';
import type { CacheHealth } from '../../../schemas/health/cache-health.ts';
import type { CacheTarget } from '../../../schemas/target.ts';
import { type CacheSession, openCache } from '../../cache/redis-session.ts';
import { finding } from '../findings.ts';
import { judgeNotConnected } from '../judge-not-connected.ts';
import { judgeSecretRead } from '../judge-secret-failure.ts';
import type { Part } from '../look-at-all.ts';
import { askCache } from './ask-cache.ts';
import { readToken, TOKEN_SECRET } from './read-token.ts';

const CONNECTED = 'a connection can be made';
const NOT_DECLARED: Judgement = {
  verdict: 'unknown',
  observed:
    'no secret with its AUTH token is declared, so that it cannot be looked into; declare one as "secret" of this cache',
  expected: TOKEN_SECRET.expected,
};

/** A cache, asked with the token of its secret (P-05). */
export function cachePart(target: CacheTarget, health: CacheHealth): Part {
  return {
    kind: 'cache',
    check: 'connectivity',
    expected: CONNECTED,
    look: async (signal) => {
      const { secretArn } = target;
      if (secretArn === undefined) return [finding('secret', 'secret', NOT_DECLARED)];
      const read = await readToken(secretArn);
      if ('failed' in read) {
        const observed = 'there is no token to connect with';
        return [
          finding('secret', 'secret', read.failed),
          finding('cache', 'connectivity', { verdict: 'unknown', observed, expected: CONNECTED }),
        ];
      }
      signal.throwIfAborted();
      const secret = finding('secret', 'secret', judgeSecretRead(secretArn, TOKEN_SECRET));
      return [secret, ...(await connected(target, read.token, (session) => askCache(session, health)))];
    },
  };
}

/** Does something in a session. That there is none is a finding. */
async function connected(
  target: CacheTarget,
  token: string,
  work: (session: CacheSession) => Promise<Finding[]>,
): Promise<Finding[]> {
  let session: CacheSession;
  try {
    // Where to is declared: a secret cannot redirect us.
    session = await openCache(target, token);
  } catch (error) {
    return [finding('cache', 'connectivity', judgeNotConnected(error, CONNECTED))];
  }
  try {
    return await work(session);
  } finally {
    session.close();
  }
}
