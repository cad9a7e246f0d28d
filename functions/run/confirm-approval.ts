import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { Refused } from '../errors.ts';
import { type StepTools, step } from '../step.ts';
import { audit } from './audit-log.ts';
import { readRecord, updateRecord } from './run-record.ts';

/** What `nightshift approve` and `reject` answer. */
export const Approval = z.object({
  decision: z.enum(['approved', 'rejected']),
  planHash: z.string(),
  by: z.string(),
  reason: z.optional(z.string()),
});
export type Approval = z.infer<typeof Approval>;

const Input = z.object({ run: Run, plan: Plan, approval: Approval });
type Input = z.infer<typeof Input>;
const Output = z.object({ confirmed: z.boolean() });

/** Compares what was approved with the plan as it is now, computed again after the answer. */
export const handler = step({
  name: 'confirm-approval',
  phase: 'approve',
  input: Input,
  output: Output,
  run: confirm,
});

async function confirm({ run, plan, approval }: Input, tools: StepTools): Promise<{ confirmed: boolean }> {
  const record = await readRecord(run.id);
  const refusal = refuseApproval(approval, plan.hash, record?.approval?.expiresAt, new Date());
  if (record?.approval)
    await updateRecord(run.id, {
      approval: { ...record.approval, decision: approval.decision, by: approval.by },
    });
  if (refusal !== undefined) throw new Refused(refusal, { approval: approval.decision });
  await audit(
    run.id,
    tools,
    'decision',
    `${approval.by} approved the plan ${plan.hash.slice(0, 12)}, and it still holds.`,
  );
  return { confirmed: true };
}

/** Why an approval does not count, or undefined when it does. */
export function refuseApproval(
  approval: Approval,
  planHash: string,
  expiresAt: string | undefined,
  now: Date,
): string | undefined {
  if (approval.decision === 'rejected')
    return `${approval.by} rejected the plan${approval.reason ? `: ${approval.reason}` : ''}. Nothing was changed.`;
  if (expiresAt !== undefined && now.getTime() > Date.parse(expiresAt))
    return `The approval came after it had lapsed at ${expiresAt}. Nothing was changed. Start the runbook again.`;
  if (approval.planHash !== planHash) {
    return `The plan is no longer the one that ${approval.by} approved (${approval.planHash.slice(0, 12)} then, ${planHash.slice(0, 12)} now): the world has changed in between. Nothing was changed. Start the runbook again and look at the new plan.`;
  }
  return undefined;
}
