import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Lock } from '../../schemas/run.ts';
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
 * How long a lock lives on after each sign of life of a run that is waiting or about to write, in seconds: six sweeps, one
 * every five minutes.
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

/**
 * Proves that the run still holds the lock, and renews it. Every write calls this first.
 *
 * @throws PreconditionFailed when another run has taken over
 */
export async function holdLock(
  lock: Lock,
  runId: string,
  expirySeconds: number,
  now = Date.now(),
): Promise<void> {
  try {
    await dynamodb().send(
      new UpdateItemCommand({
        TableName: environment('lockTable'),
        Key: toItem({ key: lock.key }),
        UpdateExpression: 'SET heartbeatAt = :now, expiresAtMilliseconds = :expires',
        ConditionExpression: 'ownerRun = :run AND fencingToken = :token',
        ExpressionAttributeValues: toItem({
          ':run': runId,
          ':token': lock.fencingToken,
          ':now': now,
          ':expires': now + expirySeconds * 1000,
        }),
      }),
    );
  } catch (error) {
    if (!lostCondition(error)) throw error;
    throw new PreconditionFailed(
      `This run no longer holds the lock of ${lock.key}: another run has taken it over. This step changed nothing. Look at the other run before you start this one again.`,
      { lock: lock.key },
    );
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
