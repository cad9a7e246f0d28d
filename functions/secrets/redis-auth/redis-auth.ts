import { listConnections } from '../../cache/client-connections.ts';
import { PreconditionFailed, VerificationFailed } from '../../errors.ts';
import type { AdoptionFinding, Keeping, Pair, SecretKind } from '../keeper/kind.ts';
import { type AuthSecret, formatAuthSecret, parseAuthSecret } from './auth-secret.ts';
import { inspectToken } from './inspect-token.ts';
import { judgeConnections } from './judge-adoption.ts';
import { putBackToken } from './put-back-token.ts';
import type { Pace } from './replication-group.ts';
import { retireToken } from './retire-token.ts';
import { setToken } from './set-token.ts';
import { newToken } from './token.ts';
import { isAccepted, tryToken } from './try-token.ts';

type Redis = Keeping<'redis-auth'>;

/** A change takes minutes; what is described lags by seconds. */
const PACE: Pace = { interval: 5000, lag: 30_000 };

/** AUTH tokens of ElastiCache: two are good at a time, so that consumers move from one to the other. */
export const redisAuth = keepTokens(PACE);

/** The same at a pace of the caller's choice. */
export function keepTokens(pace: Pace): SecretKind<'redis-auth', AuthSecret> {
  return {
    kind: 'redis-auth',
    parse: (text, { name }) => parseAuthSecret(text, name),
    format: formatAuthSecret,
    async next(current, { secret: { name, rotation } }) {
      return { ...current, token: await newToken(rotation.password, name) };
    },
    set: (pair, keeping) => setToken(pair, keeping, pace),
    test: testTokens,
    inspect: inspectToken,
    proveAdoption: ({ current }, since, keeping) => proveAdoption(current, since, keeping),
    putBack: (values, keeping) => putBackToken(values, keeping, pace),
    retire: (values, options, keeping) => retireToken(values, options, keeping, pace),
  };
}

/** Proves that both tokens are good: consumers hold the current one until they are redeployed. */
async function testTokens({ current, pending }: Pair<AuthSecret>, keeping: Redis): Promise<void> {
  const { name, rotation } = keeping.secret;
  for (const [which, { token }] of [
    ['pending', pending],
    ['current', current],
  ] as const) {
    if (await isAccepted(token, keeping)) continue;
    throw new VerificationFailed(
      `${rotation.cache.name} refuses the ${which} token of ${name}; both must be good until consumers have the new one. The label was not moved. ${
        which === 'pending'
          ? 'Rotate the secret again.'
          : 'Consumers cannot connect anew: put the token that works into the secret, then rotate it again.'
      }`,
      { cache: rotation.cache.name, which },
    );
  }
}

async function proveAdoption(current: AuthSecret, since: Date, keeping: Redis): Promise<AdoptionFinding[]> {
  const { consumers, name, rotation } = keeping.secret;
  const connections = await tryToken(current.token, keeping, listConnections);
  if (connections === undefined)
    throw new PreconditionFailed(
      `${rotation.cache.name} refuses the current token of ${name}: nobody can have taken it on. Nothing was changed. Put the earlier value back (rotate-secret with "unfinished":"undo").`,
      { cache: rotation.cache.name },
    );
  return judgeConnections(connections, (Date.now() - since.getTime()) / 1000, consumers.length);
}
