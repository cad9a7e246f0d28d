import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { READY_METRIC } from '../../schemas/names.ts';
import type { ReadinessReport } from '../../schemas/readiness-report.ts';
import { environment } from '../environment.ts';
import { dynamodb, fromItem, lostCondition, toItem } from '../run/documents.ts';
import { metrics } from '../step/observability.ts';

/** What is kept of the newest look at a target: who asks for it needs no more than the answer. */
export const KeptReadiness = z.object({ at: z.string(), ready: z.boolean(), line: z.string() });
export type KeptReadiness = z.infer<typeof KeptReadiness>;

const SORT = 'latest';
/** A look that is older is of no use to anybody. Seconds. */
const KEPT_SECONDS = 7 * 86_400;

const keyOf = (target: string) => ({ id: `readiness#${target}`, sort: SORT });

/** Tells CloudWatch whether a target is ready, for the alarm, and keeps the answer for gates and reports. */
export async function publishReadiness({
  target,
  at,
  passed,
  line,
}: Pick<ReadinessReport, 'target' | 'at' | 'passed' | 'line'>): Promise<void> {
  const metric = metrics.singleMetric();
  metric.addDimension('target', target);
  metric.addMetric(READY_METRIC, 'Count', passed ? 1 : 0);
  try {
    await dynamodb().send(
      new PutItemCommand({
        TableName: environment('runTable'),
        Item: toItem({
          ...keyOf(target),
          at,
          ready: passed,
          line,
          expiresAt: Math.floor(Date.parse(at) / 1000) + KEPT_SECONDS,
        }),
        ConditionExpression: 'attribute_not_exists(id) OR #at <= :at',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: toItem({ ':at': at }),
      }),
    );
  } catch (error) {
    // A younger look was faster.
    if (!lostCondition(error)) throw error;
  }
}

/** The newest look at a target, or undefined where there was none lately. */
export async function readReadiness(target: string): Promise<KeptReadiness | undefined> {
  const { Item } = await dynamodb().send(
    new GetItemCommand({
      TableName: environment('runTable'),
      Key: toItem(keyOf(target)),
      ConsistentRead: true,
    }),
  );
  return Item ? z.parse(KeptReadiness, fromItem(Item)) : undefined;
}
