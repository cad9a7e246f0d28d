import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, lostCondition, toItem } from '../run/documents.ts';
import { RotationRecord } from './state.ts';

/** Whether what a version stands for was taken away. Known by the version, whatever became of the run that did it. */
export interface Retirement {
  /** Run that began it. */
  readonly run: string;
  /** ISO 8601. */
  readonly beganAt: string;
  readonly doneAt?: string;
  /** Version that is current since: the keeper may have had to store the value without the retired part. */
  readonly current?: string;
}

const idOf = (secret: string) => `rotations#${secret}`;
/** These sort behind every time. */
const RETIRED = 'retired#';
const WATCHED_SINCE = 'watched-since';

/** Keeps the record of a rotation (P-45); one of the same time and run is replaced. */
export async function keepRotation(record: RotationRecord): Promise<void> {
  const key = { id: idOf(record.secret), sort: `${record.rotatedAt}#${record.run}` };
  await dynamodb().send(
    new PutItemCommand({ TableName: environment('runTable'), Item: toItem({ ...key, ...record }) }),
  );
}

/** Rotations of a secret, newest first. */
export async function readRotations(secret: string, most: number): Promise<RotationRecord[]> {
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('runTable'),
      KeyConditionExpression: 'id = :id AND sort < :end',
      ExpressionAttributeValues: toItem({ ':id': idOf(secret), ':end': RETIRED }),
      ScanIndexForward: false,
      Limit: most,
      ConsistentRead: true,
    }),
  );
  return Items.map((item) => z.parse(RotationRecord, fromItem(item)));
}

/** Notes that a version is about to be retired, or is: from then on nobody is given its value again. */
export async function noteRetirement(secret: string, version: string, retirement: Retirement): Promise<void> {
  const key = { id: idOf(secret), sort: `${RETIRED}${version}` };
  await dynamodb().send(
    new PutItemCommand({ TableName: environment('runTable'), Item: toItem({ ...key, ...retirement }) }),
  );
}

export async function readRetirement(secret: string, version: string): Promise<Retirement | undefined> {
  const item = await read(secret, `${RETIRED}${version}`);
  if (item === undefined) return undefined;
  const {
    id: _id,
    sort: _sort,
    ...retirement
  } = item as unknown as Retirement & { id: string; sort: string };
  return retirement;
}

/**
 * Since when Nightshift looks after a secret (ISO 8601): noted at the first call, so that one that was never rotated has a day to count
 * from.
 */
export async function watchedSince(secret: string, now: string): Promise<string> {
  const key = { id: idOf(secret), sort: WATCHED_SINCE };
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
  return String((await read(secret, WATCHED_SINCE))?.since ?? now);
}

async function read(secret: string, sort: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem({ id: idOf(secret), sort }),
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : fromItem(Item);
}
