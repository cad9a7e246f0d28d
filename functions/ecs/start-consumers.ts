import { type Service, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { RENAMES_BACK } from '../rds/swap-position.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { ecs } from './client.ts';
import { AwaitedConsumers, type Revisions, revisionsOf } from './consumer-state.ts';
import { type Consumer, readConsumers } from './consumers.ts';
import { howToRestart, howToStart, revisionToUndo, type Starting } from './decide-starting.ts';
import { setSuspension } from './scaling.ts';
import { short } from './steadiness.ts';
import { readStopped, type StoppedService, writeStopped } from './stopped-service.ts';

const CALL = 'ecs:UpdateService';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: DatabaseTarget,
  plan: Plan,
  /** After the database was brought back to where it was. */
  undo: z.optional(z.boolean()),
});
type Input = z.infer<typeof Input>;

/**
 * Starts the consumers that were stopped, by this run or by one that died: so many tasks as they had, and their scaling as it
 * was. What Nightshift did not stop it does not start.
 */
export const handler = step({
  name: 'start-consumers',
  phase: 'act',
  input: Input,
  output: AwaitedConsumers,
  run: start,
});

interface Start extends Starting {
  readonly consumer: Consumer;
  readonly stopped: StoppedService | undefined;
}

async function start(input: Input, tools: StepTools): Promise<AwaitedConsumers> {
  const { run, lock, target, undo = false } = input;
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const record = undo ? 'restart-consumers' : 'start-consumers';
  const earlier = await readAction(run.id, record);
  if (earlier?.status === 'done') return earlier.result as AwaitedConsumers;
  const at = earlier?.at ?? new Date().toISOString();

  const starts = await whatToStart(input, Date.parse(at), tools);
  if (starts.some(({ update, resume }) => update ?? resume)) {
    // What is taken back is taken back with the switch off, too.
    if (!undo) await requireSwitchOn();
    await writeAction(run.id, { step: record, status: 'intended', call: CALL, at });
    await updateRecord(run.id, undo ? { acted: true } : { acted: true, phase: 'act' });
    await audit(run.id, tools, 'action', `Starts the consumers: ${starts.map(said).join('; ')}.`, {
      call: CALL,
      services: Object.fromEntries(
        starts.map(({ consumer, running, taskDefinition }) => [
          consumer.target.name,
          { running, taskDefinition },
        ]),
      ),
    });
  }
  await startAll(starts, at, tools.signal);
  const result = {
    services: starts.map(({ consumer: { target: consumer }, running, taskDefinition }) => ({
      name: consumer.name,
      cluster: consumer.cluster,
      service: consumer.service,
      running,
      taskDefinition,
    })),
  };
  await writeAction(run.id, { step: record, status: 'done', call: CALL, at, result });
  return result;
}

async function whatToStart(
  { run, target, plan, undo }: Input,
  since: number,
  tools: StepTools,
): Promise<Start[]> {
  const revisions: Revisions = revisionsOf(plan);
  const databaseIsBack = undo === true && (await wasRenamedBack(run.id));
  const starts: Start[] = [];
  for (const consumer of await readConsumers(target)) {
    const { name, cluster, service: serviceName } = consumer.target;
    const stopped = await readStopped({ cluster, service: serviceName });
    const { service } = consumer;
    if (service === undefined) {
      // The others must not stay down because of one that is gone.
      await audit(
        run.id,
        tools,
        'observation',
        `ECS has no active service "${name}" any more; it is not started.`,
      );
      continue;
    }
    const given = revisions[name];
    const revision = undo ? revisionToUndo(stopped, service, given, databaseIsBack) : given;
    const found: Consumer & { service: Service } = { ...consumer, service };
    const wish = { revision, since };
    if (stopped?.database === target.name && isToBeStarted(stopped, run.id, undo === true))
      starts.push({ consumer, stopped, ...howToStart(stopped, found, wish) });
    else if (databaseIsBack) starts.push({ consumer, stopped: undefined, ...howToRestart(found, wish) });
  }
  return starts;
}

/** Whether it still is stopped; a second attempt of this run also looks again after what the first one has started. */
function isToBeStarted(stopped: StoppedService, run: string, undo: boolean): boolean {
  return stopped.returnedAt === undefined || (!undo && stopped.run === run);
}

/** Whether this run has brought an instance back to its old name: connections that were made before lead to another database. */
async function wasRenamedBack(runId: string): Promise<boolean> {
  const records = await Promise.all(RENAMES_BACK.map((record) => readAction(runId, record)));
  return records.some((record) => record !== undefined);
}

function said({ consumer: { target }, running, taskDefinition, update }: Start): string {
  const tasks = running === 0 ? 'rests' : `${running} ${running === 1 ? 'task' : 'tasks'}`;
  const what = update?.taskDefinition === undefined ? '' : ` of ${short(taskDefinition ?? '')}`;
  return `${target.name} (${tasks}${what})`;
}

/** Starts every service that can be started, whatever becomes of the others. */
async function startAll(starts: readonly Start[], at: string, abortSignal: AbortSignal): Promise<void> {
  const errors: unknown[] = [];
  for (const one of starts) await startService(one, at, abortSignal).catch((error) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

async function startService(
  { consumer: { target }, stopped, update, resume }: Start,
  at: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const { cluster, service } = target;
  if (update !== undefined)
    await ecs().send(new UpdateServiceCommand({ cluster, service, ...update }), { abortSignal });
  // After the tasks, which it would otherwise bring up to its own minimum first.
  if (resume !== undefined) await setSuspension({ cluster, service }, resume, abortSignal);
  if (stopped !== undefined && stopped.returnedAt === undefined)
    await writeStopped({ ...stopped, returnedAt: at });
}
