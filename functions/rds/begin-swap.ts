import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { listInstances } from './list-instances.ts';
import { markBoth } from './rename-instance.ts';
import { describeSwap, partners, SwapNames } from './swap-position.ts';

const Input = z.object({ run: Run, lock: Lock, target: DatabaseTarget, plan: Plan });
type Input = z.infer<typeof Input>;
const Output = z.object({ begun: z.boolean() });

/**
 * Marks both instances as partners of a swap before any service is stopped for it: whatever becomes of this run, the next one finds
 * the swap by its marks, and can finish or undo it.
 */
export const handler = step({ name: 'begin-swap', phase: 'act', input: Input, output: Output, run: begin });

async function begin({ run, lock, target, plan }: Input, tools: StepTools): Promise<{ begun: boolean }> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const names = z.parse(SwapNames, plan.observed.names);
  const swap = { ...names, declared: target.instance.toLowerCase(), run: run.id };
  const instances = await listInstances();
  const { original, restored } = partners(instances, swap);
  const standing = describeSwap(instances, swap);
  if (original === undefined || restored === undefined)
    throw new PreconditionFailed(
      `The swap cannot begin: ${standing}. No service was stopped and nothing was renamed. Look at the instances in the RDS console, then start the runbook again.`,
    );
  await requireSwitchOn();
  await updateRecord(run.id, { acted: true, phase: 'act' });
  await markBoth(instances, swap);
  await audit(run.id, tools, 'action', `The swap begins: ${standing}.`, { call: 'rds:AddTagsToResource' });
  return { begun: true };
}
