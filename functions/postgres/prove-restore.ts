import * as z from 'zod/mini';
import { Evidence, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { VerificationFailed } from '../errors.ts';
import { AvailableInstance, RecoveryPoint } from '../rds/state.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { plannedHeads } from './expectations.ts';
import { failures, proveDatabase } from './prove-database.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  recoveryPoint: RecoveryPoint,
  settled: AvailableInstance,
  /** Where it says at which migrations the restored data stand. */
  plan: z.optional(Plan),
  /** The run must not go on with a restore that is not proved. */
  required: z.optional(z.boolean()),
});
type Input = z.infer<typeof Input>;

/** Proves a restored instance before anybody uses it: sound, fresh as of the recovery point, and every row of the manifest there. */
export const handler = step({
  name: 'prove-restore',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: prove,
});

async function prove(input: Input, tools: StepTools): Promise<Evidence> {
  const { run, target, recoveryPoint, settled, plan, required = false } = input;
  const { at, manifest } = recoveryPoint;
  const proof = await proveDatabase(target, settled, { at, manifest, heads: plannedHeads(plan) });
  for (const { name, passed, measured } of proof.checks)
    await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  if (required && !proof.passed)
    throw new VerificationFailed(
      `What was restored into ${settled.identifier} is not what it must be: ${failures(proof)}. Nobody uses it, and the original was not touched. Look at it there, or start the runbook again with another snapshot.`,
      { instance: settled.identifier, failed: proof.checks.filter(({ passed }) => !passed).length },
    );
  return proof;
}
