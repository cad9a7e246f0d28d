import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
  type ReplicationGroup,
} from '@aws-sdk/client-elasticache';
import { client } from '../../clients.ts';
import { PreconditionFailed, Transient } from '../../errors.ts';
import { isTransient } from '../../step/map-error.ts';

const elasticache = client(ElastiCacheClient);

/** How the keeper waits, in milliseconds. */
export interface Pace {
  /** Between two looks. A change takes minutes. */
  readonly interval: number;
  /** So long what ElastiCache tells may lag behind what it does. */
  readonly lag: number;
}

/** States in which nothing becomes of a group any more. */
const LOST = new Set(['deleting', 'create-failed']);

/** @throws PreconditionFailed where there is no such group */
export async function describeReplicationGroup(identifier: string): Promise<ReplicationGroup> {
  try {
    const { ReplicationGroups = [] } = await elasticache().send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: identifier }),
    );
    if (ReplicationGroups[0] !== undefined) return ReplicationGroups[0];
  } catch (error) {
    if ((error as Error).name !== 'ReplicationGroupNotFoundFault') throw error;
  }
  throw new PreconditionFailed(
    `There is no replication group ${identifier}. Nothing was changed. Correct the configuration.`,
    { replicationGroup: identifier },
  );
}

/**
 * Waits until what ElastiCache does with the group has ended, so that nothing is ever asked for twice. It looks until the signal
 * aborts: the keeper's next call goes on waiting.
 *
 * @throws PreconditionFailed where the group is being deleted
 */
export async function untilAvailable(
  identifier: string,
  { interval }: Pace,
  signal: AbortSignal,
): Promise<ReplicationGroup> {
  for (;;) {
    signal.throwIfAborted();
    const group = await describeReplicationGroup(identifier);
    if (group.Status === 'available') return group;
    if (LOST.has(group.Status ?? ''))
      throw new PreconditionFailed(
        `The replication group ${identifier} is ${group.Status}. Nothing was changed. Correct the configuration.`,
        { replicationGroup: identifier, status: group.Status },
      );
    await pause(interval, undefined, { signal });
  }
}

/** `refused`: the strategy may not be used with this token; nothing was changed. */
export type Change = 'accepted' | 'refused';

/**
 * Asks for another token, and waits until it has been brought to all nodes. ElastiCache's own messages are not passed on: they may
 * quote what they complain about.
 *
 * @param strategy `ROTATE`: good besides the one that was rotated last; `SET`: the only one, and it must have been rotated last
 * @throws Transient where something else is being done with the group
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
 */
export async function changeToken(
  identifier: string,
  token: string,
  strategy: 'ROTATE' | 'SET',
  { pace, signal }: { readonly pace: Pace; readonly signal: AbortSignal },
): Promise<Change> {
  signal.throwIfAborted();
  try {
    await elasticache().send(
      new ModifyReplicationGroupCommand({
        ReplicationGroupId: identifier,
        AuthToken: token,
        AuthTokenUpdateStrategy: strategy,
        ApplyImmediately: true,
      }),
    );
  } catch (error) {
    if (/^InvalidParameter/.test((error as Error).name)) return 'refused';
    throw changeFailure(error, identifier, strategy);
  }
  // What is described right after the call may be what was before.
  await pause(pace.interval, undefined, { signal });
  await untilAvailable(identifier, pace, signal);
  return 'accepted';
}

function changeFailure(error: unknown, identifier: string, strategy: string): unknown {
  const { name } = error as Error;
  const facts = { replicationGroup: identifier, strategy, code: name };
  if (/^InvalidReplicationGroupState/.test(name))
    return new Transient(
      `The replication group ${identifier} is being modified. This change of its token was not begun. It is tried again.`,
      facts,
    );
  if (isTransient(error))
    return new Transient(
      `ElastiCache did not say whether it changes the token of ${identifier} (${name}). What has begun is found when it is tried again.`,
      facts,
    );
  // It says who may not do what, and no more.
  if (/^AccessDenied/.test(name)) return error;
  return new PreconditionFailed(
    `ElastiCache refused to change the token of ${identifier} (${strategy}: ${name}). Nothing was changed by this call. Look at the replication group, then rotate the secret again.`,
    facts,
  );
}
