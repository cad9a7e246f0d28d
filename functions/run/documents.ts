import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { client } from '../clients.ts';

/** The DynamoDB client of this container. */
export const dynamodb = client(DynamoDBClient);

/** A plain object as DynamoDB stores it; undefined members are left out. */
export const toItem = (value: Record<string, unknown>) => marshall(value, { removeUndefinedValues: true });

export const fromItem = <T = Record<string, unknown>>(item: Parameters<typeof unmarshall>[0]): T =>
  unmarshall(item) as T;

/** Whether a conditional write lost: the expected way to learn that somebody else was first. */
export const lostCondition = (error: unknown): boolean =>
  (error as Error | undefined)?.name === 'ConditionalCheckFailedException';
