import { type Failure, RunTaskCommand, type RunTaskCommandInput } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed, Transient } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { ecs } from './client.ts';
import { describeService } from './describe-service.ts';
import { taskRequest } from './migration-task.ts';
import { MIGRATION_DOWN_RECORD, MigrateDown, StartedTask } from './recovery-state.ts';
import { short } from './steadiness.ts';

const CALL = 'ecs:RunTask';

const Input = z.object({ run: Run, lock: Lock, target: DatabaseTarget, plan: Plan });
type Input = z.infer<typeof Input>;

/** Runs the command that takes a migration back, once, as a task of its own with the network of the service that it belongs to. */
export const handler = step({
  name: 'run-migration-down',
  phase: 'act',
  input: Input,
  output: StartedTask,
  run: runDown,
});

async function runDown({ run, lock, target, plan }: Input, tools: StepTools): Promise<StartedTask> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const planned = z.safeParse(MigrateDown, plan.observed.migrateDown);
  if (!planned.success)
    throw new PreconditionFailed(
      'The plan does not say how the migration is taken back. No task was started. Start the runbook again.',
    );
  const down = planned.data;
  const earlier = await readAction(run.id, MIGRATION_DOWN_RECORD);
  if (earlier?.status === 'done') return earlier.result as StartedTask;
  const at = earlier?.at ?? new Date().toISOString();

  const { cluster, ecsService: service, taskDefinition, command } = down;
  const request = taskRequest(down, await describeService({ cluster, service }), run.id);
  await requireSwitchOn();
  await writeAction(run.id, { step: MIGRATION_DOWN_RECORD, status: 'intended', call: CALL, at });
  await updateRecord(run.id, { acted: true, phase: 'act' });
  await audit(
    run.id,
    tools,
    'action',
    `Runs "${command.join(' ')}" once, in ${down.container} of ${short(taskDefinition)}.`,
    { call: CALL, taskDefinition, container: down.container, command },
  );
  const result = { cluster, taskArn: await startOnce(request, tools.signal) };
  await writeAction(run.id, { step: MIGRATION_DOWN_RECORD, status: 'done', call: CALL, at, result });
  return result;
}

/** ARN of the one task, started now or by an attempt before this one. */
async function startOnce(request: RunTaskCommandInput, abortSignal: AbortSignal): Promise<string> {
  const what = `the command that takes the migration back (${short(request.taskDefinition)})`;
  try {
    const { tasks = [], failures = [] } = await ecs().send(new RunTaskCommand(request), { abortSignal });
    const [task] = tasks;
    if (task?.taskArn !== undefined) return task.taskArn;
    throw notStarted(what, failures);
  } catch (error) {
    const { name, message, resourceIds } = error as Error & { resourceIds?: string[] };
    // The service's network was changed between two attempts: the first one's task is the one.
    if (name === 'ConflictException' && resourceIds?.[0] !== undefined) return resourceIds[0];
    if (REFUSED.has(name))
      throw new PreconditionFailed(
        `ECS does not start ${what}: ${message} No task was started, and the schema is as it was. Look at restore.migrateDown in the configuration and at the service, then start the runbook again.`,
        { cause: name },
      );
    throw error;
  }
}

/** What ECS says of a request that it would refuse again. */
const REFUSED = new Set([
  'ClientException',
  'InvalidParameterException',
  'ClusterNotFoundException',
  'PlatformUnknownException',
  'PlatformTaskDefinitionIncompatibilityException',
  'UnsupportedFeatureException',
  'BlockedException',
]);

/** Reasons that pass: capacity comes and goes. */
const PASSING = /^(?:RESOURCE|AGENT)\b|capacity is unavailable/i;

/**
 * Why ECS accepted the call and started nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
 */
export function notStarted(what: string, failures: readonly Failure[]): Transient | PreconditionFailed {
  const reasons = failures.map(({ reason, detail }) =>
    [reason ?? 'no reason', detail].filter(Boolean).join(': '),
  );
  const why = reasons.join('; ') || 'it gives no reason';
  if (failures.length === 0 || failures.every(({ reason = '' }) => PASSING.test(reason)))
    return new Transient(`ECS has not started ${what} yet: ${why}. It is tried again, and never run twice.`, {
      reasons,
    });
  return new PreconditionFailed(
    `ECS did not start ${what}: ${why}. No task was started, and the schema is as it was. Remove the cause, then start the runbook again.`,
    { reasons },
  );
}
