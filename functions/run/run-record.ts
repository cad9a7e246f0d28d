import { GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RunRecord } from '../../schemas/run.ts';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, lostCondition, toItem } from './documents.ts';

const RECORD = 'record';
/** Index over runs by target and start. */
export const TARGET_INDEX = 'target-runs';
/** How long records, audit entries and event marks are kept, in seconds. */
const EVENT_KEPT_SECONDS = 7 * 86_400;

type Stored = RunRecord & { id: string; sort: string; startedAt: string };

/** Creates the record of a run; a second call for the same run leaves the first as it is. */
export async function createRecord(record: RunRecord): Promise<void> {
  await dynamodb()
    .send(
      new PutItemCommand({
        TableName: environment('runTable'),
        Item: toItem({ id: record.run.id, sort: RECORD, startedAt: record.run.startedAt, ...record }),
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    )
    .catch((error: unknown) => {
      if (!lostCondition(error)) throw error;
    });
}

export async function readRecord(runId: string): Promise<RunRecord | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem({ id: runId, sort: RECORD }),
      ConsistentRead: true,
    }),
  );
  if (!Item) return undefined;
  const { id: _id, sort: _sort, startedAt: _startedAt, ...record } = fromItem<Stored>(Item);
  return record;
}

/** Sets members of a record. */
export async function updateRecord(runId: string, members: Partial<RunRecord>): Promise<void> {
  const names = Object.keys(members).filter((name) => members[name as keyof RunRecord] !== undefined);
  if (names.length === 0) return;
  await dynamodb().send(
    new UpdateItemCommand({
      TableName: environment('runTable'),
      Key: toItem({ id: runId, sort: RECORD }),
      UpdateExpression: `SET ${names.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
      ExpressionAttributeValues: toItem(
        Object.fromEntries(names.map((name, index) => [`:v${index}`, members[name as keyof RunRecord]])),
      ),
    }),
  );
}

/**
 * Marks the record as closed, once.
 *
 * @returns whether this call was the first: only then are report and notice sent
 */
export async function claimClosing(runId: string, closedAt: string): Promise<boolean> {
  try {
    await dynamodb().send(
      new UpdateItemCommand({
        TableName: environment('runTable'),
        Key: toItem({ id: runId, sort: RECORD }),
        UpdateExpression: 'SET closedAt = :at',
        ConditionExpression: 'attribute_not_exists(closedAt)',
        ExpressionAttributeValues: toItem({ ':at': closedAt }),
      }),
    );
    return true;
  } catch (error) {
    if (lostCondition(error)) return false;
    throw error;
  }
}

/** Runs on a target that started after an instant, newest first. */
export async function recentRuns(target: string, after: Date): Promise<RunRecord[]> {
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('runTable'),
      IndexName: TARGET_INDEX,
      KeyConditionExpression: 'target = :target AND startedAt > :after',
      ExpressionAttributeValues: toItem({ ':target': target, ':after': after.toISOString() }),
      ScanIndexForward: false,
    }),
  );
  return Items.map((item) => fromItem<Stored>(item));
}

/** Claims an event for a run. Returns the run that had claimed it before, if another one had. */
export async function claimEvent(eventId: string, runId: string): Promise<string | undefined> {
  const key = { id: `event#${eventId}`, sort: 'event' };
  try {
    await dynamodb().send(
      new PutItemCommand({
        TableName: environment('runTable'),
        Item: toItem({
          ...key,
          claimedBy: runId,
          expiresAt: Math.floor(Date.now() / 1000) + EVENT_KEPT_SECONDS,
        }),
        ConditionExpression: 'attribute_not_exists(id) OR claimedBy = :run',
        ExpressionAttributeValues: toItem({ ':run': runId }),
      }),
    );
    return undefined;
  } catch (error) {
    if (!lostCondition(error)) throw error;
    const { Item } = await dynamodb().send(
      new GetItemCommand({ TableName: environment('runTable'), Key: toItem(key), ConsistentRead: true }),
    );
    return Item ? fromItem<{ claimedBy: string }>(Item).claimedBy : undefined;
  }
}
