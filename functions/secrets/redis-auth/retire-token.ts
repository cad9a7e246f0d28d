import { endConnections } from '../../cache/client-connections.ts';
import { PreconditionFailed, type RunbookError, VerificationFailed } from '../../errors.ts';
import type { Keeping } from '../keeper/kind.ts';
import type { AuthSecret } from './auth-secret.ts';
import { requireRotatable } from './obstacles.ts';
import { changeToken, type Pace, untilAvailable } from './replication-group.ts';
import { addToken, untilTaken } from './set-token.ts';
import { countTokens, isAccepted, tryToken } from './try-token.ts';

type Redis = Keeping<'redis-auth'>;

/**
 * Makes the current token the only one, and proves that the old one is refused. A connection that the old token opened stays open, as
 * Redis does not check again; nor does it know which token opened which. Where sessions are to be ended all of them are, but ours:
 * who has the current token is back at once.
 */
export async function retireToken(
  { current, old }: Values,
  { endSessions }: { readonly endSessions: boolean },
  keeping: Redis,
  pace: Pace,
): Promise<{ done: string }> {
  const { name, rotation } = keeping.secret;
  const { cache } = rotation;
  requireRotatable(await untilAvailable(cache.replicationGroup, pace, keeping.signal), cache);
  const left = await othersLeft({ current, old }, keeping, () => {
    return new PreconditionFailed(
      `${cache.name} refuses the current token of ${name}: the old one may be the last that works. Nothing was retired. Put the token that works into the secret, or rotate it again.`,
      { cache: cache.name },
    );
  });
  if (left !== false) {
    await makeOnly(current.token, keeping, pace);
    const lost = () =>
      new VerificationFailed(
        `${cache.name} refuses the current token of ${name} since it was made the only one. Consumers cannot connect anew. Put the earlier value back (rotate-secret with "unfinished":"undo").`,
        { cache: cache.name },
      );
    await untilTaken(async () => !(await othersLeft({ current, old }, keeping, lost)), keeping, pace);
  }
  const ended = endSessions ? await tryToken(current.token, keeping, endConnections) : undefined;
  return {
    done: `${cache.name} takes the current token alone; ${
      ended === undefined ? 'connections that are open stay' : `${ended} connections were ended`
    }.`,
  };
}

interface Values {
  readonly current: AuthSecret;
  readonly old: AuthSecret | undefined;
}

/**
 * Whether another token than the current one is good.
 *
 * @param refused what to throw where the current one is not
 * @returns undefined where that cannot be known: the cache does not tell, and no other token is known to ask for
 */
async function othersLeft(
  { current, old }: Values,
  keeping: Redis,
  refused: () => RunbookError,
): Promise<boolean | undefined> {
  const seen = await tryToken(current.token, keeping, async (session) => ({
    count: await countTokens(session, current.token),
  }));
  if (seen === undefined) throw refused();
  const other = old?.token === current.token ? undefined : old;
  if (other !== undefined && (await isAccepted(other.token, keeping))) return true;
  if (seen.count !== undefined) return seen.count > 1;
  return other === undefined ? undefined : false;
}

async function makeOnly(token: string, keeping: Redis, pace: Pace): Promise<void> {
  const { replicationGroup } = keeping.secret.rotation.cache;
  const waiting = { pace, signal: keeping.signal };
  if ((await changeToken(replicationGroup, token, 'SET', waiting)) === 'accepted') return;
  // It was not rotated last: another attempt was, and did not come to its end.
  await addToken(token, keeping, pace);
  if ((await changeToken(replicationGroup, token, 'SET', waiting)) === 'accepted') return;
  throw new PreconditionFailed(
    `ElastiCache does not make the current token of ${keeping.secret.name} the only one of ${replicationGroup}. It is good, and the old one may be, too. Set it by hand (ModifyReplicationGroup, SET), then start the runbook again.`,
    { replicationGroup },
  );
}
