import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, toItem } from './documents.ts';

/** What an act step is about to do, or did: how it knows itself again when it is run twice. */
export interface ActionRecord {
  readonly step: string;
  readonly status: 'intended' | 'done';
  readonly call: string;
  readonly at: string;
  readonly result?: Record<string, unknown>;
}

const sortOf = (step: string) => `action#${step}`;

export async function readAction(runId: string, step: string): Promise<ActionRecord | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem({ id: runId, sort: sortOf(step) }),
      ConsistentRead: true,
    }),
  );
  return Item ? fromItem<ActionRecord>(Item) : undefined;
}

export async function writeAction(runId: string, record: ActionRecord): Promise<void> {
  await dynamodb().send(
    new PutItemCommand({
      TableName: environment('runTable'),
      Item: toItem({ id: runId, sort: sortOf(record.step), ...record }),
    }),
  );
}

/** Everything that a run began or did, in no particular order. */
export async function readActions(runId: string): Promise<ActionRecord[]> {
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('runTable'),
      KeyConditionExpression: 'id = :id AND begins_with(sort, :prefix)',
      ExpressionAttributeValues: toItem({ ':id': runId, ':prefix': sortOf('') }),
      ConsistentRead: true,
    }),
  );
  return Items.map((item) => fromItem<ActionRecord>(item));
}
