import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, toItem } from '../run/documents.ts';

/** How far a rotation by Secrets Manager is, or why it fails: the service itself keeps that to its logs. */
export const RotationProgress = z.object({
  /** The last step that was done, or failed. */
  step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  state: z.enum(['done', 'failed']),
  /** Why it failed: the error's name, and one sentence without values. */
  errorName: z.optional(z.string()),
  error: z.optional(z.string()),
  at: z.string(),
  /** From when on the old value was refused while consumers could not have the new one yet (ISO 8601). */
  refusingSince: z.optional(z.string()),
  /** How long that was, once the new value was current. Milliseconds, never less than it was. */
  refusedMilliseconds: z.optional(z.number()),
  /** When a value that is changed in place was changed, by the clock of the database or service (ISO 8601). */
  changedAt: z.optional(z.string()),
});
export type RotationProgress = z.infer<typeof RotationProgress>;

/** Longer than any run that asks, in seconds. */
const KEPT_SECONDS = 90 * 86_400;

/** @param sort token of a rotation, which is the id of its version; or what else is noted of a secret */
export const progressKey = (secret: string, sort: string) => ({ id: `rotation#${secret}`, sort });

/** @param token client request token of the rotation, which is the id of its version */
export async function readRotationProgress(
  secret: string,
  token: string,
): Promise<RotationProgress | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem(progressKey(secret, token)),
      ConsistentRead: true,
    }),
  );
  const parsed = Item === undefined ? undefined : z.safeParse(RotationProgress, fromItem(Item));
  return parsed?.success ? parsed.data : undefined;
}

/** Notes how a step ended; what an earlier attempt noted of its failure is gone then. */
export async function noteRotationProgress(
  secret: string,
  token: string,
  {
    step,
    state,
    errorName,
    error,
    refusedMilliseconds,
  }: Omit<RotationProgress, 'at' | 'refusingSince' | 'changedAt'>,
): Promise<void> {
  const failed = error !== undefined;
  await dynamodb().send(
    new UpdateItemCommand({
      TableName: environment('runTable'),
      Key: toItem(progressKey(secret, token)),
      UpdateExpression: [
        'SET #step = :step, #state = :state, #at = :at, expiresAt = :expiresAt',
        ...(failed ? [', errorName = :errorName, #error = :error'] : []),
        ...(refusedMilliseconds === undefined ? [] : [', refusedMilliseconds = :refused']),
        ...(failed ? [] : [' REMOVE errorName, #error']),
      ].join(''),
      ExpressionAttributeNames: { '#step': 'step', '#state': 'state', '#at': 'at', '#error': 'error' },
      ExpressionAttributeValues: toItem({
        ':step': step,
        ':state': state,
        ':at': new Date().toISOString(),
        ':expiresAt': progressExpiry(),
        ':errorName': failed ? (errorName ?? 'Error') : undefined,
        ':error': error,
        ':refused': refusedMilliseconds,
      }),
    }),
  );
}

/** When what is noted may go (epoch seconds). */
export const progressExpiry = () => Math.floor(Date.now() / 1000) + KEPT_SECONDS;
