import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { NeedsHuman, Transient } from '../errors.ts';
import { askHead } from '../postgres/ask-head.ts';
import type { MigrationHead } from '../postgres/migration-head.ts';
import { readAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { readService } from '../run/directory.ts';
import { type StepTools, step } from '../step.ts';
import { ecs } from './client.ts';
import { revisionsOf } from './consumer-state.ts';
import { startedBy } from './migration-task.ts';
import { MIGRATION_DOWN_RECORD, MigrateDown, StartedTask } from './recovery-state.ts';
import { short } from './steadiness.ts';
import { readStopped } from './stopped-service.ts';

const Input = z.object({ run: Run, target: DatabaseTarget, plan: Plan });
type Input = z.infer<typeof Input>;

/** Why the services may be started with what they ran before. */
const Output = z.object({ why: z.string() });
type Output = z.infer<typeof Output>;

/**
 * Whether the schema is still as it was found. Only then may the services be started as they were: on a schema of which nobody
 * knows what it is, those that write do more harm than those that are down.
 *
 * @throws NeedsHuman (or Transient, where another look may help) that says how things stand and how to start the services by hand
 */
export const handler = step({
  name: 'check-way-back',
  phase: 'act',
  input: Input,
  output: Output,
  run: check,
});

async function check({ run, target, plan }: Input, tools: StepTools): Promise<Output> {
  const began = await readAction(run.id, MIGRATION_DOWN_RECORD);
  if (began === undefined)
    return answer('The command that takes the migration back was never run: the schema is as it was.');
  const down = z.parse(MigrateDown, plan.observed.migrateDown);
  const atWork = await taskAtWork(began.result, down.cluster, run.id);
  if (atWork !== undefined)
    throw new NeedsHuman(
      `The command that takes the migration back is still at work (task ${short(atWork)} in ${down.cluster}). Nothing was started again. Wait until the task has stopped, and look at its log. ${await howTheyStand(target, plan, run.id)}`,
      { task: atWork },
    );
  const found = await askHead(target);
  if (!found.known)
    throw new Transient(
      `After the command that takes the migration back it could not be read where ${target.name} stands: ${found.why}. Nothing was started again. See where it stands. ${await howTheyStand(target, plan, run.id)}`,
    );
  if (!isAsBefore(found, plan.observed.migrationHeads))
    throw new NeedsHuman(
      `The schema of ${target.name} was changed by the command that takes the migration back, and that is not undone by itself: the database stands at ${found.heads.join(', ') || 'no migration'}. Nothing was started again. What failed is in the report's timeline, and in the log of the task. ${await howTheyStand(target, plan, run.id)}`,
      { heads: found.heads },
    );
  return answer(
    `The database stands where it stood before (${found.heads.join(', ')}), and the command that takes the migration back has ended: the services are started as they were.`,
  );

  async function answer(why: string): Promise<Output> {
    await audit(run.id, tools, 'decision', why);
    return { why };
  }
}

/** ARN of the task while it has not stopped, though nobody may have heard that it was started. */
async function taskAtWork(result: unknown, cluster: string, runId: string): Promise<string | undefined> {
  const known = z.safeParse(StartedTask, result);
  if (!known.success) {
    // No other filter may stand beside this one; only tasks that are to run are listed.
    const { taskArns = [] } = await ecs().send(
      new ListTasksCommand({ cluster, startedBy: startedBy(runId) }),
    );
    return taskArns[0];
  }
  const { taskArn } = known.data;
  const { tasks = [] } = await ecs().send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
  // ECS forgets tasks some time after they have stopped.
  return tasks.some(({ lastStatus }) => lastStatus !== 'STOPPED') ? taskArn : undefined;
}

function isAsBefore(found: MigrationHead & { known: true }, planned: unknown): boolean {
  const before = new Set(z.parse(z.nullable(z.array(z.string())), planned ?? null));
  return (
    (found.unfinished ?? 0) === 0 &&
    before.size > 0 &&
    before.size === new Set(found.heads).size &&
    found.heads.every((head) => before.has(head))
  );
}

/** Which services are stopped, and what starts them, to be typed at 03:00. */
async function howTheyStand(target: DatabaseTarget, plan: Plan, runId: string): Promise<string> {
  if ((await readAction(runId, 'start-consumers')) !== undefined)
    return `The services (${target.consumers.join(', ')}) were started with their last known good releases, and are left so.`;
  const revisions = revisionsOf(plan);
  const commands: string[] = [];
  for (const name of target.consumers) {
    const { cluster, service } = await readService(name);
    const stopped = await readStopped({ cluster, service });
    if (stopped === undefined || stopped.returnedAt !== undefined) continue;
    const revision = revisions[name];
    commands.push(
      `aws ecs update-service --cluster ${cluster} --service ${service} --desired-count ${stopped.desiredCount}${revision === undefined ? '' : ` --task-definition ${short(revision)}`}${stopped.suspension === null ? '' : ' (and let its scaling go on: aws application-autoscaling register-scalable-target with --suspended-state)'}`,
    );
  }
  return commands.length === 0
    ? 'No service is stopped.'
    : `The services stay stopped. Once the schema is one on which their last known good releases run: ${commands.join('; ')}.`;
}
