import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Lock, RunRecord } from '../../schemas/run.ts';
import { environment } from '../environment.ts';
import { PreconditionFailed } from '../errors.ts';
import { dynamodb, fromItem, lostCondition, toItem } from './documents.ts';

/** A lock as stored. Times in milliseconds since the epoch. */
export interface LockItem {
  readonly key: string;
  readonly ownerRun?: string;
  readonly ownerArn?: string;
  readonly fencingToken: number;
  readonly heartbeatAt: number;
  readonly expiresAtMilliseconds: number;
  readonly joined: number;
}

export type Acquired =
  | { readonly held: true; readonly lock: Lock }
  | { readonly held: false; readonly owner: string };

/**
 * How long a lock lives on after each sign of life of a run that is waiting or about to write, in seconds: fifteen sweeps,
 * one every two minutes.
 */
const LIFE_BETWEEN_HEARTBEATS_SECONDS = 1800;

/** The same with the time in which the run only observes, when nothing sends a heartbeat. */
export function lockLifeSeconds(target: { readonly observeSeconds: number }): number {
  return LIFE_BETWEEN_HEARTBEATS_SECONDS + target.observeSeconds;
}

/**
 * Takes the lock of a target for a run, or says who holds it. A lock whose owner has not been heard of until its expiry is
 * taken over. The fencing token grows with every new owner; the same run asking twice keeps its token.
 *
 * @param key such as `service/api`
 * @param expirySeconds how long the lock lives without a heartbeat
 */
export async function acquireLock(
  key: string,
  run: { id: string; arn: string },
  expirySeconds: number,
  now = Date.now(),
): Promise<Acquired> {
  const expires = now + expirySeconds * 1000;
  try {
    const { Attributes } = await dynamodb().send(
      new UpdateItemCommand({
        TableName: environment('lockTable'),
        Key: toItem({ key }),
        UpdateExpression:
          'SET ownerRun = :run, ownerArn = :arn, heartbeatAt = :now, expiresAtMilliseconds = :expires, joined = :none, fencingToken = if_not_exists(fencingToken, :none) + :one',
        ConditionExpression: 'attribute_not_exists(ownerRun) OR expiresAtMilliseconds < :now',
        ExpressionAttributeValues: toItem({
          ':run': run.id,
          ':arn': run.arn,
          ':now': now,
          ':expires': expires,
          ':none': 0,
          ':one': 1,
        }),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return { held: true, lock: { key, fencingToken: fromItem<LockItem>(Attributes ?? {}).fencingToken } };
  } catch (error) {
    if (!lostCondition(error)) throw error;
  }
  const item = await readLock(key);
  if (item?.ownerRun === run.id) return { held: true, lock: { key, fencingToken: item.fencingToken } };
  // Released between the two calls: the next attempt gets it.
  if (item?.ownerRun === undefined) return acquireLock(key, run, expirySeconds, now);
  return { held: false, owner: item.ownerRun };
}

export async function readLock(key: string): Promise<LockItem | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({ TableName: environment('lockTable'), Key: toItem({ key }), ConsistentRead: true }),
  );
  return Item ? fromItem<LockItem>(Item) : undefined;
}

/** Counts a further trigger for a target whose run is going on. */
export async function joinLock(key: string, owner: string): Promise<void> {
  await dynamodb()
    .send(
      new UpdateItemCommand({
        TableName: environment('lockTable'),
        Key: toItem({ key }),
        UpdateExpression: 'SET joined = if_not_exists(joined, :none) + :one',
        ConditionExpression: 'ownerRun = :owner',
        ExpressionAttributeValues: toItem({ ':owner': owner, ':none': 0, ':one': 1 }),
      }),
    )
    .catch((error: unknown) => {
      // The owner ended a moment ago: there is nothing left to join, and nothing lost.
      if (!lostCondition(error)) throw error;
    });
}

/** All locks that a run needs beside that of its target, or who holds the first one that is not to be had. */
export type AcquiredAll =
  | { readonly held: true; readonly locks: Lock[] }
  | { readonly held: false; readonly key: string; readonly owner: string };

/**
 * Takes several locks, or none of them: when one is held by another run, those that were taken before it are given back.
 *
 * @param keys in an order that is the same for all runs
 */
export async function acquireLocks(
  keys: readonly string[],
  run: { id: string; arn: string },
  expirySeconds: number,
  now = Date.now(),
): Promise<AcquiredAll> {
  const locks: Lock[] = [];
  for (const key of keys) {
    const acquired = await acquireLock(key, run, expirySeconds, now);
    if (!acquired.held) {
      // All of them: an earlier attempt of this run may have taken the later ones.
      await Promise.all(keys.map((taken) => releaseLock(taken, run.id)));
      return { held: false, key, owner: acquired.owner };
    }
    locks.push(acquired.lock);
  }
  return { held: true, locks };
}

/**
 * Proves that the run still holds the lock and all that belong to it, and renews them. Every write calls this first.
 *
 * @throws PreconditionFailed when another run has taken one of them over
 */
export async function holdLock(
  { also = [], ...lock }: Lock,
  runId: string,
  expirySeconds: number,
  now = Date.now(),
): Promise<void> {
  const locks = [lock, ...also];
  // What is still held is renewed whatever became of the others: the run may have to undo.
  const held = await Promise.allSettled(locks.map((one) => renew(one, runId, expirySeconds, now)));
  for (const one of held) if (one.status === 'rejected') throw one.reason;
  const lost = locks.filter((_, place) => (held[place] as PromiseFulfilledResult<boolean>).value === false);
  if (lost.length === 0) return;
  const keys = lost.map(({ key }) => key);
  const [what, them] = keys.length === 1 ? ['lock', 'it'] : ['locks', 'them'];
  throw new PreconditionFailed(
    `This run no longer holds the ${what} of ${keys.join(', ')}: another run has taken ${them} over. This step changed nothing. Look at the other run before you start this one again.`,
    { lock: keys.join(', ') },
  );
}

/** Renews one lock; false when the run holds it no longer. */
async function renew(
  { key, fencingToken }: Pick<Lock, 'key' | 'fencingToken'>,
  runId: string,
  expirySeconds: number,
  now: number,
): Promise<boolean> {
  try {
    await dynamodb().send(
      new UpdateItemCommand({
        TableName: environment('lockTable'),
        Key: toItem({ key }),
        UpdateExpression: 'SET heartbeatAt = :now, expiresAtMilliseconds = :expires',
        ConditionExpression: 'ownerRun = :run AND fencingToken = :token',
        ExpressionAttributeValues: toItem({
          ':run': runId,
          ':token': fencingToken,
          ':now': now,
          ':expires': now + expirySeconds * 1000,
        }),
      }),
    );
    return true;
  } catch (error) {
    if (lostCondition(error)) return false;
    throw error;
  }
}

/** Gives the lock back if the run still holds it; its fencing token stays. Returns how many triggers had joined. */
export async function releaseLock(key: string, runId: string): Promise<number> {
  try {
    const { Attributes } = await dynamodb().send(
      new UpdateItemCommand({
        TableName: environment('lockTable'),
        Key: toItem({ key }),
        UpdateExpression: 'REMOVE ownerRun, ownerArn',
        ConditionExpression: 'ownerRun = :run',
        ExpressionAttributeValues: toItem({ ':run': runId }),
        ReturnValues: 'ALL_OLD',
      }),
    );
    return fromItem<LockItem>(Attributes ?? {}).joined ?? 0;
  } catch (error) {
    if (lostCondition(error)) return 0;
    throw error;
  }
}

/**
 * Gives back every lock that the run still holds. That of its target goes last: whoever gets it then finds the others free.
 *
 * @returns how many triggers had joined, for its target and for the services
 */
export async function releaseLocks({
  run,
  target,
  alsoLocked = [],
}: Pick<RunRecord, 'run' | 'target' | 'alsoLocked'>): Promise<number> {
  const joined = await Promise.all(alsoLocked.map((key) => releaseLock(key, run.id)));
  return joined.reduce((sum, one) => sum + one, await releaseLock(target, run.id));
}
