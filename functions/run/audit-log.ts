import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AuditEntry } from '../../schemas/run.ts';
import { environment } from '../environment.ts';
import { Transient } from '../errors.ts';
import { redact } from '../step/redact.ts';
import type { StepTools } from '../step.ts';
import { CHAIN_START, canonicalJson, hashEntry } from './audit-chain.ts';
import { dynamodb, fromItem, lostCondition, toItem } from './documents.ts';

const PREFIX = 'audit#';
/** Steps of one run seldom write at the same time; more conflicts in a row mean that something is wrong. */
const MOST_CONFLICTS = 10;

const sortOf = (sequence: number) => `${PREFIX}${String(sequence).padStart(6, '0')}`;

/**
 * Appends one observation, decision or action to the run's hash-chained log. Facts must not hold secrets or rows. What the
 * newest entry says already is not said again: the write may have succeeded though it reported failure.
 *
 * @throws Transient when others kept writing at the same time
 */
export async function audit(
  runId: string,
  tools: Pick<StepTools, 'step' | 'phase'>,
  kind: AuditEntry['kind'],
  summary: string,
  facts: Record<string, unknown> = {},
): Promise<void> {
  const said = {
    step: tools.step,
    phase: tools.phase,
    kind,
    summary: redact(summary),
    // What DynamoDB gives back must hash as what was given to it; nothing can be taken out of the chain later.
    facts: JSON.parse(
      JSON.stringify(facts, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value)),
    ) as Record<string, unknown>,
  };
  for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
    const last = await newestEntry(runId);
    if (last !== undefined && saysTheSame(last, said)) return;
    const entry = {
      ...said,
      sequence: (last?.sequence ?? 0) + 1,
      at: new Date().toISOString(),
      previousHash: last?.hash ?? CHAIN_START,
    };
    try {
      await dynamodb().send(
        new PutItemCommand({
          TableName: environment('runTable'),
          Item: toItem({ id: runId, sort: sortOf(entry.sequence), ...entry, hash: hashEntry(entry) }),
          ConditionExpression: 'attribute_not_exists(id)',
        }),
      );
      return;
    } catch (error) {
      if (!lostCondition(error)) throw error;
    }
  }
  throw new Transient(
    `The audit log of ${runId} could not be written: others kept writing at the same time.`,
  );
}

type Said = Pick<AuditEntry, 'step' | 'phase' | 'kind' | 'summary' | 'facts'>;

function saysTheSame(last: AuditEntry, said: Said): boolean {
  const { step, phase, kind, summary, facts } = last;
  return canonicalJson({ step, phase, kind, summary, facts }) === canonicalJson(said);
}

async function newestEntry(runId: string): Promise<AuditEntry | undefined> {
  const { Items = [] } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('runTable'),
      KeyConditionExpression: 'id = :id AND begins_with(sort, :prefix)',
      ExpressionAttributeValues: toItem({ ':id': runId, ':prefix': PREFIX }),
      ScanIndexForward: false,
      Limit: 1,
      ConsistentRead: true,
    }),
  );
  return Items[0] ? asEntry(Items[0]) : undefined;
}

/** The whole log, oldest first. */
export async function readAuditLog(runId: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let from: Parameters<typeof fromItem>[0] | undefined;
  do {
    const page = await dynamodb().send(
      new QueryCommand({
        TableName: environment('runTable'),
        KeyConditionExpression: 'id = :id AND begins_with(sort, :prefix)',
        ExpressionAttributeValues: toItem({ ':id': runId, ':prefix': PREFIX }),
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from as never } : {}),
      }),
    );
    entries.push(...(page.Items ?? []).map(asEntry));
    from = page.LastEvaluatedKey;
  } while (from);
  return entries;
}

function asEntry(item: Parameters<typeof fromItem>[0]): AuditEntry {
  const { id: _id, sort: _sort, ...entry } = fromItem<AuditEntry & { id: string; sort: string }>(item);
  return entry;
}
