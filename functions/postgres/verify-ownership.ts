import * as z from 'zod/mini';
import { type Check, Evidence, Plan, Run } from '../../schemas/run.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { alternatingUsers, openAsAdministrator } from './roles/administrator.ts';
import { takeOverOf } from './roles/ownership-state.ts';
import { proveOwnership } from './roles/prove-ownership.ts';

const Input = z.object({ run: Run, target: SecretTarget, plan: Plan });
type Input = z.infer<typeof Input>;

/** Proves that both users are equal, that nothing belongs to either of them, and that the owner role can do what they could. */
export const handler = step({
  name: 'verify-ownership',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: verify,
});

async function verify({ run, target, plan }: Input, tools: StepTools): Promise<Evidence> {
  alternatingUsers(target);
  const session = await openAsAdministrator(target, { readOnly: false });
  try {
    const findings = await proveOwnership(session, takeOverOf(plan));
    const at = new Date().toISOString();
    const checks: Check[] = findings.map((finding) => ({ ...finding, at }));
    for (const { name, passed, measured } of checks)
      await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
    return { passed: checks.every(({ passed }) => passed), checks };
  } finally {
    await session.close();
  }
}
