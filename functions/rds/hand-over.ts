import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import * as z from 'zod/mini';
import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { VerificationFailed } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { rds } from './client.ts';
import { decideHandOver, type Retagging } from './decide-hand-over.ts';
import { listInstances } from './list-instances.ts';
import { releaseIfPossible } from './snapshot-in-use.ts';
import { SwapNames } from './swap-position.ts';

const STEP = 'hand-over';
const CALL = 'rds:RemoveTagsFromResource';

const Input = z.object({ run: Run, lock: Lock, target: DatabaseTarget, plan: Plan });
type Input = z.infer<typeof Input>;

/** What was handed over. */
const Output = z.object({
  identifier: z.string(),
  resourceId: z.string(),
  endpoint: z.nullable(z.object({ host: z.string(), port: z.number() })),
});
type Output = z.infer<typeof Output>;

const Observed = z.object({
  swaps: z.boolean(),
  undoes: z.boolean(),
  names: SwapNames,
  recoveryPoint: z.optional(z.object({ snapshot: z.nullable(z.string()) })),
});

/**
 * Takes the marks off what is now the team's, by which Nightshift would delete it or its snapshots one day, and closes a swap. It
 * reads the tags that are there and changes what is different: run twice, it does nothing twice.
 */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: Output, run: handOver });

async function handOver({ run, lock, target, plan }: Input, tools: StepTools): Promise<Output> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const observed = z.parse(Observed, plan.observed);
  const instances = await listInstances();
  const swap = { ...observed.names, declared: target.instance.toLowerCase(), run: run.id };
  const decision = decideHandOver(instances, swap, observed);
  if (decision.handed === undefined)
    throw new VerificationFailed(
      `${decision.why} No tag was changed. See which instance holds the right data, and take the tags ${OWNER_TAG} and ${Tag.swap} off it.`,
    );
  const at = (await readAction(run.id, STEP))?.at ?? new Date().toISOString();
  if (decision.retaggings.length > 0) {
    await requireSwitchOn();
    await writeAction(run.id, { step: STEP, status: 'intended', call: CALL, at });
    await updateRecord(run.id, { acted: true, phase: 'act' });
    for (const retagging of decision.retaggings) await retag(retagging, run.id, tools);
  }
  await releaseIfPossible(observed.recoveryPoint?.snapshot ?? null, run.id, tools);
  const { identifier, resourceId, endpoint } = decision.handed;
  await audit(
    run.id,
    tools,
    'observation',
    `${identifier} is handed over${endpoint === null ? '' : `: ${endpoint.host}:${endpoint.port}`}.`,
    { identifier, resourceId },
  );
  const result = { identifier, resourceId, endpoint: endpoint === null ? null : { ...endpoint } };
  await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result });
  return result;
}

async function retag({ instance, remove, add }: Retagging, runId: string, tools: StepTools): Promise<void> {
  const { arn, identifier } = instance;
  const options = { abortSignal: tools.signal };
  await audit(runId, tools, 'action', `Takes Nightshift's marks off ${identifier}.`, {
    call: CALL,
    remove,
    add,
  });
  const Tags = Object.entries(add).map(([Key, Value]) => ({ Key, Value }));
  if (Tags.length > 0) await rds().send(new AddTagsToResourceCommand({ ResourceName: arn, Tags }), options);
  if (remove.length > 0)
    await rds().send(new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: [...remove] }), options);
}
