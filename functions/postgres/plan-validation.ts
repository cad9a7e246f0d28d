import * as z from 'zod/mini';
import { Plan, Run, type RunRequest } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';

const Input = z.object({ run: Run, target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** Writes down what would be checked of a database. */
export const handler = step({
  name: 'plan-validation',
  phase: 'plan',
  input: Input,
  output: Plan,
  run: plan,
});

async function plan({ run, target }: Input, tools: StepTools): Promise<Plan> {
  const request = run.request ?? {};
  const checks = checksOf(target, request);
  const made: Plan = {
    runbook: run.runbook,
    target: `database/${target.name}`,
    summary: `Checks ${whatIsChecked(target, request)}: ${checks.join(', ')}. It reads only.`,
    observed: { checks, instance: request.instance ?? target.instance },
    changes: [],
    actions: [],
    warnings: warningsOf(target, request),
    hash: sha256(canonicalJson({ target, request })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${checks.length} kinds of checks.`, { checks });
  return made;
}

/** The database, and the instance that is looked at. */
export function whatIsChecked(
  { name, instance: declared }: DatabaseTarget,
  { instance }: RunRequest,
): string {
  return instance === undefined || instance === declared
    ? `${name} (${declared})`
    : `the instance ${instance} in place of ${declared}, as if it were ${name}`;
}

/** What the reader of the evidence must know. */
export function warningsOf(
  { instance: declared, secretArn, expectations }: DatabaseTarget,
  { instance }: RunRequest,
): string[] {
  if (instance === undefined || instance === declared) return [];
  return [
    `It logs in to ${instance} with today's password of ${secretArn}: one that was just restored may still have an older one.`,
    ...(expectations !== undefined && expectations.freshness.length > 0
      ? ['Ages are measured from now: those of a restored instance grow until somebody writes to it.']
      : []),
  ];
}

/** What will be looked at, in words; what neither configuration nor request asks for is not looked at. */
export function checksOf(
  { migrations, expectations }: Pick<DatabaseTarget, 'migrations' | 'expectations'>,
  { manifest = 'none' }: RunRequest = {},
): string[] {
  const counted = (items: readonly unknown[] | undefined, one: string, many: string) =>
    items === undefined || items.length === 0 ? [] : [`${items.length} ${items.length === 1 ? one : many}`];
  return [
    'connection',
    'version',
    ...(migrations === 'none' ? [] : [`migration head (${migrations})`]),
    ...counted(expectations?.tables, 'table', 'tables'),
    ...counted(expectations?.indexes, 'index', 'indexes'),
    'invalid indexes',
    ...counted(expectations?.criticalTables, 'critical table', 'critical tables'),
    ...counted(expectations?.freshness, 'limit of age', 'limits of age'),
    ...counted(expectations?.assertions, 'assertion of yours', 'assertions of yours'),
    ...(manifest === 'none'
      ? []
      : [
          `rows against ${manifest === 'newest' ? 'the newest manifest' : `the manifest of the snapshot ${manifest}`}`,
        ]),
  ];
}
