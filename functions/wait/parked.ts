import { DeleteItemCommand, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { Lock } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, toItem } from '../run/documents.ts';

/** A run that waits for an AWS resource, with the token that lets it go on. */
export const Parked = z.object({
  /** `ecs-service/<cluster>/<service>`: what events about the resource lead to. */
  resource: z.string(),
  /** `<run id>#<state>`. */
  sort: z.string(),
  taskToken: z.string(),
  runId: z.string(),
  step: z.string(),
  kind: z.literal('steady-service'),
  parkedAt: z.string(),
  lock: z.nullable(Lock),
  target: ServiceTarget,
  /** Task definition that must become steady. */
  wanted: z.string(),
  expiresAt: z.number(),
});
export type Parked = z.infer<typeof Parked>;

export async function park(parked: Parked): Promise<void> {
  await dynamodb().send(
    new PutItemCommand({ TableName: environment('waitTable'), Item: toItem({ ...parked }) }),
  );
}

export async function unpark({ resource, sort }: Pick<Parked, 'resource' | 'sort'>): Promise<void> {
  await dynamodb().send(
    new DeleteItemCommand({ TableName: environment('waitTable'), Key: toItem({ resource, sort }) }),
  );
}

/** Everything that waits for one resource. */
export async function parkedFor(resource: string): Promise<Parked[]> {
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('waitTable'),
      KeyConditionExpression: '#resource = :resource',
      ExpressionAttributeNames: { '#resource': 'resource' },
      ExpressionAttributeValues: toItem({ ':resource': resource }),
      ConsistentRead: true,
    }),
  );
  return Items.map((item) => z.parse(Parked, fromItem(item)));
}

/** Everything that waits. A handful of items at any time: a scan reads them in one page. */
export async function allParked(): Promise<Parked[]> {
  const { Items = [] } = await dynamodb().send(
    new ScanCommand({ TableName: environment('waitTable'), ConsistentRead: true }),
  );
  return Items.map((item) => z.parse(Parked, fromItem(item)));
}
