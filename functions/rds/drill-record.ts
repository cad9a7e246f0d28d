import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, lostCondition, toItem } from '../run/documents.ts';

/** One drill, as its trend keeps it. */
export const Drill = z.object({
  /** When it was judged (ISO 8601). */
  at: z.string(),
  run: z.string(),
  passed: z.boolean(),
  /** From the run's start to the proof, in seconds: what a real recovery would have taken at least. */
  recoverySeconds: z.number(),
  /** From the recovery point to the run's start, in seconds: what a disaster at that moment would have cost. */
  recoveryPointSeconds: z.number(),
});
export type Drill = z.infer<typeof Drill>;

const idOf = (database: string) => `drills#${database}`;
/** Sorts behind every time. */
const WATCHED_SINCE = 'watched-since';

/** Keeps a drill; a second call for the same run and time changes nothing. */
export async function keepDrill(database: string, drill: Drill): Promise<void> {
  await dynamodb().send(
    new PutItemCommand({
      TableName: environment('runTable'),
      Item: toItem({ id: idOf(database), sort: `${drill.at}#${drill.run}`, ...drill }),
    }),
  );
}

/** Drills of a database, newest first. */
export async function readDrills(database: string, most: number): Promise<Drill[]> {
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('runTable'),
      KeyConditionExpression: 'id = :id AND sort < :end',
      ExpressionAttributeValues: toItem({ ':id': idOf(database), ':end': WATCHED_SINCE }),
      ScanIndexForward: false,
      Limit: most,
      ConsistentRead: true,
    }),
  );
  return Items.map((item) => z.parse(Drill, fromItem(item)));
}

/**
 * Since when Nightshift looks after a database (ISO 8601): noted at the first call, so that a database without any drill has
 * a day to count from.
 */
export async function watchedSince(database: string, now: string): Promise<string> {
  const key = { id: idOf(database), sort: WATCHED_SINCE };
  try {
    await dynamodb().send(
      new PutItemCommand({
        TableName: environment('runTable'),
        Item: toItem({ ...key, since: now }),
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    );
    return now;
  } catch (error) {
    if (!lostCondition(error)) throw error;
  }
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('runTable'),
      KeyConditionExpression: 'id = :id AND sort = :sort',
      ExpressionAttributeValues: toItem({ ':id': key.id, ':sort': key.sort }),
      ConsistentRead: true,
    }),
  );
  return Items[0] ? fromItem<{ since: string }>(Items[0]).since : now;
}
