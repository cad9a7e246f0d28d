import { listConnections } from '../../cache/client-connections.ts';
import { PreconditionFailed } from '../../errors.ts';
import type { Inspection, Keeping } from '../keeper/kind.ts';
import type { AuthSecret } from './auth-secret.ts';
import { groupObstacles } from './obstacles.ts';
import { describeReplicationGroup } from './replication-group.ts';
import { countTokens, tryToken } from './try-token.ts';

/** Looks at the replication group, and at the cache with the current token. */
export async function inspectToken(
  { token }: AuthSecret,
  keeping: Keeping<'redis-auth'>,
): Promise<Inspection> {
  const { cache } = keeping.secret.rotation;
  const name = cache.replicationGroup;
  try {
    const group = await describeReplicationGroup(name);
    const status = group.Status ?? 'unknown';
    const obstacles = groupObstacles(group, cache);
    const known = {
      replicationGroup: name,
      status,
      ...(group.AuthTokenLastModifiedDate && {
        tokenChangedAt: group.AuthTokenLastModifiedDate.toISOString(),
      }),
    };
    // A token is not sent where it is not known who reads it.
    if (obstacles.length > 0) return { facts: known, obstacles, warnings: [] };
    const seen = await tryToken(token, keeping, async (session) => ({
      tokens: await countTokens(session, token),
      connections: (await listConnections(session)).length,
    }));
    return {
      facts: {
        ...known,
        currentAccepted: seen !== undefined,
        ...(seen && { tokens: seen.tokens ?? 'unknown', connections: seen.connections }),
      },
      obstacles: seen === undefined ? [`${cache.name} refuses the current token.`] : [],
      warnings: [
        ...(status === 'available' ? [] : [`${name} is ${status}: a rotation waits until it is available.`]),
        ...((seen?.tokens ?? 1) > 1
          ? [
              `${cache.name} takes another token besides the current one, which the rotation takes away: redeploy consumers that may still hold it first.`,
            ]
          : []),
      ],
    };
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    return { facts: { replicationGroup: name }, obstacles: [error.message], warnings: [] };
  }
}
