import type { Keeping } from '../keeper/kind.ts';
import type { AuthSecret } from './auth-secret.ts';
import { requireRotatable } from './obstacles.ts';
import { type Pace, untilAvailable } from './replication-group.ts';
import { addToken, keepThrough } from './set-token.ts';
import { requireToken } from './token.ts';
import { isAccepted } from './try-token.ts';

/** Makes the earlier token good again where it is not, and proves it. The bad one stays good where it is: some consumers may still hold it. */
export async function putBackToken(
  { good, bad }: { readonly good: AuthSecret; readonly bad: AuthSecret },
  keeping: Keeping<'redis-auth'>,
  pace: Pace,
): Promise<{ done: string }> {
  const { name, rotation } = keeping.secret;
  const { cache } = rotation;
  const group = await untilAvailable(cache.replicationGroup, pace, keeping.signal);
  if (await isAccepted(good.token, keeping)) return { done: `${cache.name} still takes the earlier token.` };
  requireRotatable(group, cache);
  requireToken(good.token, name);
  if (await isAccepted(bad.token, keeping)) await keepThrough(bad.token, keeping, pace);
  await addToken(good.token, keeping, pace);
  return { done: `${cache.name} takes the earlier token again.` };
}
