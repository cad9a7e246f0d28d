import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, toItem } from '../run/documents.ts';
import type { Suspension } from './scaling.ts';

/**
 * What a service was like before Nightshift stopped it, kept in the run table under the service, not under the run: a run that
 * died has left services with no tasks, and whoever comes next must neither take that for what the team wants nor need to
 * know which run it was. The tags of a half-way swap tell that only once a swap has begun. One entry a service; it is closed,
 * not deleted, when the service is started again.
 */
export interface StoppedService {
  readonly cluster: string;
  readonly service: string;
  /** Name of the database that it was stopped for. */
  readonly database: string;
  /** Run that is to start it again. */
  readonly run: string;
  /** When it was stopped (ISO 8601). */
  readonly at: string;
  /** Tasks that it had; 0 for a service that was meant to rest, and stays at rest. */
  readonly desiredCount: number;
  /** Null where ECS does not tell: deployments are somebody else's. */
  readonly taskDefinition: string | null;
  /** Null where it is not scaled, or where its scaling was left alone. */
  readonly suspension: Suspension | null;
  /** When it was started again (ISO 8601); absent while it is stopped. */
  readonly returnedAt?: string;
}

const keyOf = ({ cluster, service }: { readonly cluster: string; readonly service: string }) => {
  const key = `stopped-service#${cluster}/${service}`;
  return { id: key, sort: key };
};

export async function readStopped(service: {
  readonly cluster: string;
  readonly service: string;
}): Promise<StoppedService | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem(keyOf(service)),
      ConsistentRead: true,
    }),
  );
  if (!Item) return undefined;
  const { id: _id, sort: _sort, ...stopped } = fromItem<StoppedService & { id: string; sort: string }>(Item);
  return stopped;
}

export async function writeStopped(stopped: StoppedService): Promise<void> {
  await dynamodb().send(
    new PutItemCommand({
      TableName: environment('runTable'),
      Item: toItem({ ...stopped, ...keyOf(stopped) }),
    }),
  );
}
