import { createHash } from 'node:crypto';
import type { RotationOf } from '../../../schemas/secret.ts';
import { isTokenRefused } from '../../cache/cache-failure.ts';
import { type CacheSession, openCache } from '../../cache/redis-session.ts';
import { PreconditionFailed } from '../../errors.ts';

/** What is needed of the keeping of a token. */
export interface Opening {
  readonly secret: { readonly rotation: Pick<RotationOf<'redis-auth'>, 'cache'> };
  readonly signal: AbortSignal;
}

/**
 * Runs `use` with a session that the token opened. Where to is declared: a secret cannot redirect us.
 *
 * @returns undefined where the cache refuses the token
 */
export async function tryToken<Result>(
  token: string,
  { secret, signal }: Opening,
  use: (session: CacheSession) => Promise<Result>,
): Promise<Result | undefined> {
  signal.throwIfAborted();
  let session: CacheSession;
  try {
    session = await openCache(secret.rotation.cache, token);
  } catch (error) {
    if (isTokenRefused(error)) return undefined;
    throw error;
  }
  try {
    return await use(session);
  } finally {
    session.close();
  }
}

/** Whether the cache takes the token, and answers. */
export async function isAccepted(token: string, opening: Opening): Promise<boolean> {
  return (
    (await tryToken(token, opening, async (session) => {
      await session.command('PING');
      return true;
    })) ?? false
  );
}

/**
 * How many tokens the cache takes, as far as it tells: it lists their hashes, which are compared here and go no further.
 *
 * @returns undefined where it does not tell, or does not list the token that opened the session, so that what it lists means something else
 * @see https://redis.io/docs/latest/commands/acl-getuser/
 */
export async function countTokens(session: CacheSession, token: string): Promise<number | undefined> {
  let answer: unknown;
  try {
    answer = await session.command('ACL', 'GETUSER', 'default');
  } catch (error) {
    // Not allowed, or not known.
    if (error instanceof PreconditionFailed) return undefined;
    throw error;
  }
  if (!Array.isArray(answer)) return undefined;
  const hashes: unknown = answer[answer.indexOf('passwords') + 1];
  const hash = createHash('sha256').update(token).digest('hex');
  return Array.isArray(hashes) && hashes.includes(hash) ? hashes.length : undefined;
}
