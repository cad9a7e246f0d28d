import { setTimeout as pause } from 'node:timers/promises';
import { PreconditionFailed, Transient } from '../../errors.ts';
import type { Keeping, Pair } from '../keeper/kind.ts';
import type { AuthSecret } from './auth-secret.ts';
import { requireRotatable } from './obstacles.ts';
import { changeToken, describeReplicationGroup, type Pace, untilAvailable } from './replication-group.ts';
import { requireToken } from './token.ts';
import { countTokens, isAccepted, tryToken } from './try-token.ts';

type Redis = Keeping<'redis-auth'>;

/**
 * Makes the pending token good besides the current one. What an earlier call has begun is waited for, never begun again.
 *
 * @throws PreconditionFailed where the current token is refused: what else is good, and to whom, is not known then
 */
export async function setToken(
  { current, pending }: Pair<AuthSecret>,
  keeping: Redis,
  pace: Pace,
): Promise<void> {
  const { name, rotation } = keeping.secret;
  requireToken(pending.token, name);
  const group = await untilAvailable(rotation.cache.replicationGroup, pace, keeping.signal);
  requireRotatable(group, rotation.cache);
  if (await isAccepted(pending.token, keeping)) return;
  if (!(await isAccepted(current.token, keeping)))
    throw new PreconditionFailed(
      `${rotation.cache.name} refuses the current token of ${name}. Another token would take away one that somebody may use. Nothing was changed. Put the token that works into the secret, then rotate it again.`,
      { cache: rotation.cache.name },
    );
  await keepThrough(current.token, keeping, pace);
  await addToken(pending.token, keeping, pace);
}

/** Makes a token good besides the one that was rotated last, and proves it. */
export async function addToken(token: string, keeping: Redis, pace: Pace): Promise<void> {
  const { name, rotation } = keeping.secret;
  const { replicationGroup } = rotation.cache;
  const change = await changeToken(replicationGroup, token, 'ROTATE', { pace, signal: keeping.signal });
  if (change === 'refused')
    throw new PreconditionFailed(
      `ElastiCache does not take the token of ${name} for ${replicationGroup}. Nothing was changed by this call. Look at the replication group, then rotate the secret again.`,
      { replicationGroup },
    );
  await untilTaken(() => isAccepted(token, keeping), keeping, pace);
}

/**
 * Waits until a change that has ended shows.
 *
 * @throws Transient where it does not: it has failed, and the tokens that were good still are
 */
export async function untilTaken(
  isTaken: () => Promise<boolean>,
  { secret, signal }: Redis,
  pace: Pace,
): Promise<void> {
  const { replicationGroup } = secret.rotation.cache;
  const until = performance.now() + pace.lag;
  while (!(await isTaken())) {
    if (performance.now() > until)
      throw new Transient(
        `${replicationGroup} is available again without the change of its token: it has failed. The tokens that were good still are. It is tried again.`,
        { replicationGroup },
      );
    await pause(pace.interval, undefined, { signal });
  }
}

/**
 * Sees to it that the next rotation does not take this token away: of two tokens the one that was rotated last stays, which an
 * earlier attempt may have changed. Costs a change of its own only where the cache does not say that there is no other token.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
 */
export async function keepThrough(token: string, keeping: Redis, pace: Pace): Promise<void> {
  const { name, rotation } = keeping.secret;
  const { replicationGroup } = rotation.cache;
  const count = () => tryToken(token, keeping, (session) => countTokens(session, token));
  if ((await count()) === 1) return;
  const waiting = { pace, signal: keeping.signal };
  const changedAt = async () =>
    (await describeReplicationGroup(replicationGroup)).AuthTokenLastModifiedDate?.getTime() ?? 0;
  const before = await changedAt();
  const isLater = async () => (await changedAt()) > before;
  // SET takes the token only where it was rotated last. What else was good would go with the next rotation anyway.
  if ((await changeToken(replicationGroup, token, 'SET', waiting)) === 'accepted')
    return await untilTaken(
      async () => {
        const tokens = await count();
        return tokens === undefined ? await isLater() : tokens === 1;
      },
      keeping,
      pace,
    );
  if ((await changeToken(replicationGroup, token, 'ROTATE', waiting)) === 'accepted')
    return await untilTaken(isLater, keeping, pace);
  throw new PreconditionFailed(
    `${replicationGroup} may take another token besides that of ${name}, and ElastiCache does not let this one be the last that was rotated: the next would take it away. Nothing was changed. Set the token by hand (ModifyReplicationGroup, SET), then rotate the secret again.`,
    { replicationGroup },
  );
}
