import * as z from 'zod/mini';
import { Tag } from '../../schemas/names.ts';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { NeedsHuman, PreconditionFailed, Transient } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { type ListedInstance, listInstances } from './list-instances.ts';
import { markBoth, rename, unmarkBoth } from './rename-instance.ts';
import { Awaited } from './state.ts';
import {
  decideNaming,
  describe,
  describeSwap,
  identifierOf,
  Name,
  type Naming,
  partners,
  renameRecord,
  type Swap,
  SwapNames,
  Which,
} from './swap-position.ts';

const CALL = 'rds:ModifyDBInstance';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: DatabaseTarget,
  plan: Plan,
  /** Which of the two is to get which name; the states of a runbook say it. */
  which: Which,
  name: Name,
  /** Takes a rename back; where there is none, nothing is done. */
  undo: z.optional(z.boolean()),
});
type Input = z.infer<typeof Input>;

/** What to wait for. With `nothing`, nothing was renamed: it is an instance for which nobody has to wait. */
const Output = z.extend(Awaited, { nothing: z.optional(z.boolean()) });
type Output = z.infer<typeof Output>;

/**
 * Sees to it that one instance of a swap gets a name. It looks at what RDS lists, not at what an earlier attempt meant to do:
 * run twice, after a crash between the renames or after a call that took effect without an answer, it goes on from there.
 */
export const handler = step({
  name: 'name-instance',
  phase: 'act',
  input: Input,
  output: Output,
  run: nameInstance,
});

async function nameInstance(input: Input, tools: StepTools): Promise<Output> {
  const { run, lock, target, which, name, undo = false } = input;
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const instances = await listInstances();
  const swap = swapOf(input);
  if (swap === undefined) return nothingToUndo(instances, input);
  const naming = decideNaming(instances, swap, which, name);
  if (undo && isUndone(naming, which)) {
    if (which === 'original') await unmarkBoth(instances, swap);
    return nothingToUndo(instances, input, swap);
  }

  const instance = requireInstance(naming, instances, swap, input);
  const record = renameRecord(which, name);
  const at = (await readAction(run.id, record))?.at ?? new Date().toISOString();
  if (naming.kind === 'rename') {
    // What is taken back is taken back with the switch off, too.
    if (!undo) await requireSwitchOn();
    await writeAction(run.id, { step: record, status: 'intended', call: CALL, at });
    await updateRecord(run.id, undo ? { acted: true } : { acted: true, phase: 'act' });
    const { resourceId, identifier: from } = instance;
    const facts = { call: CALL, resourceId, from, to: naming.to };
    await audit(run.id, tools, 'action', `Renames ${describe(instance)} to ${naming.to}.`, facts);
    if (!undo) await markBoth(instances, swap);
    await rename(instance, swap, { which, name }, tools.signal);
  } else {
    const what = naming.kind === 'named' ? 'has its name already' : 'is being renamed already';
    await audit(run.id, tools, 'observation', `${describe(instance)} ${what}.`);
  }
  const result = { identifier: identifierOf(swap, name), resourceId: instance.resourceId, since: at };
  await writeAction(run.id, { step: record, status: 'done', call: CALL, at, result });
  return result;
}

/** The swap that the plan means; undefined in the undo of a run whose plan restores nothing. */
function swapOf({ plan, target, run, undo }: Input): Swap | undefined {
  if (undo && (plan.observed.names ?? null) === null) return undefined;
  const names = z.safeParse(SwapNames, plan.observed.names);
  if (!names.success)
    throw new PreconditionFailed(
      'The plan does not say which instances change their names. Nothing was renamed. Start the runbook again.',
    );
  return { ...names.data, declared: target.instance.toLowerCase(), run: run.id };
}

/** Whether there is nothing to take back. An instance that carries the swap's tag may still be busy with its rename. */
function isUndone(naming: Naming, which: Which): boolean {
  if (naming.kind === 'absent') return which === 'restored';
  if (naming.kind !== 'named') return false;
  return naming.instance.status === 'available' || naming.instance.tags[Tag.swap] === undefined;
}

/** An instance for which nobody has to wait: one that is available, the one that would have been renamed first of all. */
function nothingToUndo(instances: readonly ListedInstance[], input: Input, swap?: Swap): Output {
  const declared = input.target.instance.toLowerCase();
  const { original, restored } = swap === undefined ? {} : partners(instances, swap);
  const holder = instances.find(({ identifier }) => identifier === declared);
  const known = (input.which === 'original' ? [original, restored] : [restored, original]).concat(holder);
  const existing = known.filter((one) => one !== undefined);
  const chosen = existing.find(({ status }) => status === 'available') ?? existing[0];
  if (chosen === undefined)
    throw new NeedsHuman(
      `There is no instance ${declared}, and none that this run knows. Nothing was renamed back. Look at the instances in the RDS console and at who deleted them.`,
    );
  const { identifier, resourceId } = chosen;
  return { identifier, resourceId, since: new Date().toISOString(), nothing: true };
}

/** The instance to be renamed, or that has been. */
function requireInstance(
  naming: Naming,
  instances: readonly ListedInstance[],
  swap: Swap,
  { which, name, undo }: Input,
): ListedInstance {
  if (naming.kind === 'rename' || naming.kind === 'asked' || naming.kind === 'named') return naming.instance;
  const standing = `${describeSwap(instances, swap)}.`;
  const intent = `The ${which} instance did not get the name ${identifierOf(swap, name)}`;
  if (naming.kind === 'later')
    throw new Transient(`${intent} yet: ${naming.why}. It is tried again. Now ${standing}`);
  const why = naming.kind === 'absent' ? 'it does not exist' : naming.why;
  const said = `${intent}: ${why}. This step changed nothing. Now ${standing}`;
  if (undo)
    throw new NeedsHuman(
      `${said} To go back by hand, see that nobody has the name ${swap.declared}, and rename the instance with the id ${swap.original.resourceId} to it (ModifyDBInstance with NewDBInstanceIdentifier).`,
    );
  throw new PreconditionFailed(
    `${said} Free the name or give the instances their names back, then start the runbook again.`,
  );
}
