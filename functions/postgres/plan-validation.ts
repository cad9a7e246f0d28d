import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
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
  const checks = checksOf(target);
  const made: Plan = {
    runbook: run.runbook,
    target: `database/${target.name}`,
    summary: `Checks ${target.name} (${target.instance}): ${checks.join(', ')}. It reads only.`,
    observed: { checks },
    changes: [],
    actions: [],
    warnings: [],
    hash: sha256(canonicalJson({ target })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${checks.length} kinds of checks.`, { checks });
  return made;
}

/** What will be looked at, in words; what the configuration does not ask for is not looked at. */
export function checksOf({ migrations, expectations }: DatabaseTarget): string[] {
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
  ];
}
