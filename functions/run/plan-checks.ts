import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { Target } from '../../schemas/target.ts';
import { type StepTools, step } from '../step.ts';
import { canonicalJson, sha256 } from './audit-chain.ts';
import { audit } from './audit-log.ts';
import { updateRecord } from './run-record.ts';

const Input = z.object({
  run: Run,
  target: Target,
  /** What the runbook looks at, in words. */
  looksAt: z.array(z.string()),
});
type Input = z.infer<typeof Input>;

/** Writes down what a runbook that only looks would look at. */
export const handler = step({ name: 'plan-checks', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan({ run, target, looksAt }: Input, tools: StepTools): Promise<Plan> {
  const made: Plan = {
    runbook: run.runbook,
    target: `${target.kind}/${target.name}`,
    summary: `Looks at ${looksAt.join(', ')} of ${target.name}. It reads only.`,
    observed: { looksAt },
    changes: [],
    actions: [],
    warnings: [],
    hash: sha256(canonicalJson({ target, looksAt })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${looksAt.length} kinds of checks.`, { looksAt });
  return made;
}
