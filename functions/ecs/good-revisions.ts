import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, toItem } from '../run/documents.ts';

/** A revision that ran healthy for its bake time. */
export interface GoodRevision {
  /** `cluster/service`. */
  readonly service: string;
  /** Task definition ARN. */
  readonly revision: string;
  readonly goodAt: string;
  readonly deploymentId: string;
  /** Container name → image digest, as ECS resolved it when it ran. */
  readonly imageDigests: Readonly<Record<string, string>>;
}

/** How many good revisions of a service are kept; at least two must be. */
export const KEPT_REVISIONS = 10;

/** The history of a service, newest first. */
export async function readGoodRevisions(service: string): Promise<GoodRevision[]> {
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('historyTable'),
      KeyConditionExpression: 'service = :service',
      ExpressionAttributeValues: toItem({ ':service': service }),
      ConsistentRead: true,
    }),
  );
  return Items.map((item) => fromItem<GoodRevision>(item)).sort((left, right) =>
    left.goodAt < right.goodAt ? 1 : -1,
  );
}

/** Records a good revision and forgets the oldest beyond {@link KEPT_REVISIONS}. */
export async function recordGoodRevision(good: GoodRevision): Promise<void> {
  await dynamodb().send(
    new PutItemCommand({ TableName: environment('historyTable'), Item: toItem({ ...good }) }),
  );
  for (const { service, revision } of (await readGoodRevisions(good.service)).slice(KEPT_REVISIONS)) {
    await dynamodb().send(
      new DeleteItemCommand({ TableName: environment('historyTable'), Key: toItem({ service, revision }) }),
    );
  }
}
