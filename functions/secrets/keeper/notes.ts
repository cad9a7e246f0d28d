import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { environment } from '../../environment.ts';
import { dynamodb, fromItem, toItem } from '../../run/documents.ts';
import { progressExpiry, progressKey } from '../rotation-progress.ts';

/** What keepers note for themselves in the run table, beside the progress of rotations. */

/**
 * Notes that a value is being changed in place: from when on the old one is refused, which a second attempt does not make later, and when
 * it was changed, which the last attempt knows best.
 *
 * @param version that the change is for
 * @param at by the clock of the database or service
 */
export async function noteChange(secret: string, version: string, at: Date): Promise<void> {
  await dynamodb().send(
    new UpdateItemCommand({
      TableName: environment('runTable'),
      Key: toItem(progressKey(secret, version)),
      UpdateExpression:
        'SET refusingSince = if_not_exists(refusingSince, :now), changedAt = :at, expiresAt = :expiresAt',
      ExpressionAttributeValues: toItem({
        ':now': new Date().toISOString(),
        ':at': at.toISOString(),
        ':expiresAt': progressExpiry(),
      }),
    }),
  );
}

/** When a version's value was set in place, by the clock of the database or service; undefined where that was not noted. */
export async function readChange(secret: string, version: string): Promise<Date | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem(progressKey(secret, version)),
      ConsistentRead: true,
    }),
  );
  const { changedAt } = Item === undefined ? {} : fromItem<{ changedAt?: string }>(Item);
  return changedAt === undefined ? undefined : new Date(changedAt);
}

/** Sort key of the version that a keeper has made current; beside it stand the tokens of rotations. */
const CURRENT = 'current';

const NotedCurrent = z.object({ version: z.string(), at: z.string() });
export type NotedCurrent = z.infer<typeof NotedCurrent>;

/** The version that a keeper was the last to make current, and when: labels are seen late. */
export async function readNotedCurrent(secret: string): Promise<NotedCurrent | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem(progressKey(secret, CURRENT)),
      ConsistentRead: true,
    }),
  );
  const parsed = Item === undefined ? undefined : z.safeParse(NotedCurrent, fromItem(Item));
  return parsed?.success ? parsed.data : undefined;
}

export async function noteCurrent(secret: string, version: string): Promise<void> {
  await dynamodb().send(
    new PutItemCommand({
      TableName: environment('runTable'),
      Item: toItem({
        ...progressKey(secret, CURRENT),
        version,
        at: new Date().toISOString(),
        expiresAt: progressExpiry(),
      }),
    }),
  );
}
