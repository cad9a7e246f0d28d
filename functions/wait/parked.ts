import { DeleteItemCommand, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { Lock } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { AwaitedConsumers } from '../ecs/consumer-state.ts';
import { environment } from '../environment.ts';
import { Awaited } from '../rds/state.ts';
import { dynamodb, fromItem, lostCondition, toItem } from '../run/documents.ts';
import { AwaitedRotations } from '../secrets/rotation-state.ts';
import { logger } from '../step/observability.ts';
import { resourcesOf } from './resources.ts';

/** What every wait has, whatever it waits for. */
const common = {
  /** Key of an AWS resource whose events lead here; see {@link resourcesOf}. */
  resource: z.string(),
  /** `<run id>#<state>`. */
  sort: z.string(),
  taskToken: z.string(),
  runId: z.string(),
  /** Name of the state that waits. */
  step: z.string(),
  parkedAt: z.string(),
  lock: z.nullable(Lock),
  /** How long the lock lives on with each sign of life, in seconds. */
  lockLifeSeconds: z.number(),
  /** From when on the sweep ends the wait with a sentence (ISO 8601): before Step Functions would end it without one. */
  giveUpAt: z.string(),
  /** When DynamoDB forgets it, in seconds since the epoch. */
  expiresAt: z.number(),
};

/** A run that waits for AWS resources, with the token that lets it go on. */
export const Parked = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('steady-service'),
    target: ServiceTarget,
    /** Task definition that must become steady. */
    wanted: z.string(),
  }),
  z.object({ ...common, kind: z.literal('db-instance'), ...Awaited.shape }),
  z.object({
    ...common,
    kind: z.literal('db-snapshot'),
    identifier: Awaited.shape.identifier,
    since: Awaited.shape.since,
  }),
  z.object({ ...common, kind: z.literal('consumers'), ...AwaitedConsumers.shape }),
  z.object({ ...common, kind: z.literal('ecs-task'), cluster: z.string(), taskArn: z.string() }),
  z.object({ ...common, kind: z.literal('secret-rotations'), ...AwaitedRotations.shape }),
]);
export type Parked = z.infer<typeof Parked>;
export type ParkedKind = Parked['kind'];
export type ParkedOf<Kind extends ParkedKind> = Extract<Parked, { kind: Kind }>;
/** What is waited for, without who waits. */
export type WaitedFor<Kind extends ParkedKind = ParkedKind> = Kind extends ParkedKind
  ? Omit<ParkedOf<Kind>, keyof typeof common>
  : never;

/** Parks a token once for each resource it waits for, so that the event of any of them finds it. */
export async function park(parked: Parked): Promise<void> {
  for (const resource of resourcesOf(parked))
    await dynamodb().send(
      new PutItemCommand({ TableName: environment('waitTable'), Item: toItem({ ...parked, resource }) }),
    );
}

/**
 * Forgets a token under all of its resources. Where the state was tried again in the meantime, its new token lies under the
 * same keys, and stays.
 */
export async function unpark(parked: Parked): Promise<void> {
  for (const resource of resourcesOf(parked)) {
    try {
      await dynamodb().send(
        new DeleteItemCommand({
          TableName: environment('waitTable'),
          Key: toItem({ resource, sort: parked.sort }),
          ConditionExpression: 'taskToken = :token',
          ExpressionAttributeValues: toItem({ ':token': parked.taskToken }),
        }),
      );
    } catch (error) {
      if (!lostCondition(error)) throw error;
    }
  }
}

/** Everything that waits for one resource. */
export async function parkedFor(resource: string): Promise<Parked[]> {
  return readPages(async (ExclusiveStartKey) =>
    dynamodb().send(
      new QueryCommand({
        TableName: environment('waitTable'),
        KeyConditionExpression: '#resource = :resource',
        ExpressionAttributeNames: { '#resource': 'resource' },
        ExpressionAttributeValues: toItem({ ':resource': resource }),
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    ),
  );
}

/** Everything that waits, each token once however many resources it waits for. */
export async function allParked(): Promise<Parked[]> {
  const items = await readPages(async (ExclusiveStartKey) =>
    dynamodb().send(
      new ScanCommand({ TableName: environment('waitTable'), ConsistentRead: true, ExclusiveStartKey }),
    ),
  );
  return [...new Map(items.map((parked) => [parked.taskToken, parked])).values()];
}

type Item = Parameters<typeof fromItem>[0];
type StartKey = QueryCommand['input']['ExclusiveStartKey'];

async function readPages(
  read: (from: StartKey) => Promise<{ Items?: Item[] | undefined; LastEvaluatedKey?: StartKey }>,
): Promise<Parked[]> {
  const found: Parked[] = [];
  let from: StartKey;
  do {
    const { Items = [], LastEvaluatedKey } = await read(from);
    found.push(...Items.flatMap(asParked));
    from = LastEvaluatedKey;
  } while (from);
  return found;
}

/** An item that another version of Nightshift wrote must not keep the others waiting. */
function asParked(item: Item): Parked[] {
  const found = fromItem<{ sort?: string }>(item);
  const parked = z.safeParse(Parked, found);
  if (parked.success) return [parked.data];
  logger.error('a parked token cannot be read', { sort: found.sort });
  return [];
}
