import * as z from 'zod/mini';
import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import { Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { NeedsHuman } from '../errors.ts';
import { writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { deleteInstance } from './delete-instance.ts';
import { describeInstance } from './describe-instance.ts';
import { releaseIfPossible } from './snapshot-in-use.ts';
import { tagsOf } from './tags.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  plan: z.pick(Plan, { observed: true }),
});
type Input = z.infer<typeof Input>;
const Output = z.object({ deleted: z.nullable(z.string()) });

/** Deletes the instance that a drill has made, whatever became of the drill. The switch is not asked: it is this run's own. */
export const handler = step({
  name: 'delete-scratch',
  phase: 'act',
  input: Input,
  output: Output,
  run: remove,
});

async function remove({ run, plan }: Input, tools: StepTools): Promise<{ deleted: string | null }> {
  const { names, snapshot = null } = plan.observed as {
    names: { restored: { identifier: string } };
    snapshot?: string;
  };
  await releaseIfPossible(snapshot, run.id, tools);
  const { identifier } = names.restored;
  const instance = await describeInstance(identifier);
  if (instance === undefined) {
    await audit(run.id, tools, 'observation', `There is no ${identifier}: nothing has to be deleted.`);
    return { deleted: null };
  }
  const tags = tagsOf(instance.TagList);
  if (
    tags[OWNER_TAG] !== environment('deployment') ||
    tags[Tag.purpose] !== 'drill' ||
    tags[Tag.run] !== run.id
  )
    throw new NeedsHuman(
      `${identifier} does not carry the tags of this drill (${OWNER_TAG}, ${Tag.purpose}, ${Tag.run}), so it was not deleted: somebody has changed them, or made it. Look at it, and delete it by hand if it is not needed.`,
    );
  const record = { step: tools.step, call: 'rds:DeleteDBInstance', at: new Date().toISOString() };
  await writeAction(run.id, { ...record, status: 'intended' });
  await deleteInstance(identifier);
  await writeAction(run.id, { ...record, status: 'done' });
  await audit(run.id, tools, 'action', `${identifier} is being deleted.`, { call: 'rds:DeleteDBInstance' });
  return { deleted: identifier };
}
