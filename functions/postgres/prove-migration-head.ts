import * as z from 'zod/mini';
import { Evidence, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed, VerificationFailed } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { askHead } from './ask-head.ts';
import { plannedHeads } from './expectations.ts';
import { evidence } from './prove-database.ts';
import { notChecked } from './validate/check.ts';
import { judgeHeads } from './validate/migrations.ts';

const Input = z.object({ run: Run, target: DatabaseTarget, plan: Plan });
type Input = z.infer<typeof Input>;

/** Makes sure that a migration was taken back to where the plan leads, before a service is let in that can run nowhere else. */
export const handler = step({
  name: 'prove-migration-head',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: prove,
});

async function prove({ run, target, plan }: Input, tools: StepTools): Promise<Evidence> {
  const expected = plannedHeads(plan);
  if (expected === undefined)
    throw new PreconditionFailed(
      'The plan does not say at which migration the database must stand. This step changed nothing. Start the runbook again.',
    );
  const head = await askHead(target);
  const check = head.known
    ? judgeHeads(head.heads, expected, head.unfinished)
    : notChecked('migration head', head.why);
  await audit(
    run.id,
    tools,
    'check',
    `${check.passed ? 'Passed' : 'FAILED'}: ${check.name}: ${check.measured}.`,
  );
  if (!check.passed)
    throw new VerificationFailed(
      `The command that takes migrations back ended well, but ${target.name} does not stand where the last known good releases can run: ${check.measured}. No service was let in.`,
    );
  return evidence([check]);
}
