import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { ecs } from './client.ts';
import { AwaitedConsumers, revisionsOf } from './consumer-state.ts';
import { readConsumers } from './consumers.ts';
import {
  howToStop,
  type Remembered,
  type ServiceNow,
  serviceNow,
  whatToRemember,
  whyNotStoppable,
} from './decide-stopping.ts';
import { SUSPENDED, setSuspension } from './scaling.ts';
import { readStopped, writeStopped } from './stopped-service.ts';

const STEP = 'stop-consumers';
const CALL = 'ecs:UpdateService';

const Input = z.object({ run: Run, lock: Lock, target: DatabaseTarget, plan: Plan });
type Input = z.infer<typeof Input>;

/** Stops the services that use the database, and remembers what they are to return to before it changes anything. */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: AwaitedConsumers, run: stop });

interface Stop {
  readonly name: string;
  readonly cluster: string;
  readonly service: string;
  readonly now: ServiceNow;
  readonly remembered: Remembered;
}

async function stop({ run, lock, target, plan }: Input, tools: StepTools): Promise<AwaitedConsumers> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as AwaitedConsumers;
  const at = earlier?.at ?? new Date().toISOString();

  const stops = await whatToStop(target, plan, run.id);
  if (stops.length > 0) {
    await requireSwitchOn();
    await writeAction(run.id, { step: STEP, status: 'intended', call: CALL, at });
    for (const { cluster, service, remembered } of stops) {
      const { from: _from, ...state } = remembered;
      await writeStopped({ cluster, service, database: target.name, run: run.id, at, ...state });
    }
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(run.id, tools, 'action', `Stops the consumers: ${stops.map(said).join('; ')}.`, {
      call: CALL,
      services: Object.fromEntries(stops.map(({ name, remembered }) => [name, remembered])),
    });
    for (const one of stops) await stopService(one, tools.signal);
  }
  const result = {
    services: stops.map(({ name, cluster, service }) => ({
      name,
      cluster,
      service,
      running: 0,
      taskDefinition: null,
    })),
  };
  await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result });
  return result;
}

/** @throws PreconditionFailed before anything is changed, where one of the services cannot be stopped */
async function whatToStop(target: DatabaseTarget, plan: Plan, run: string): Promise<Stop[]> {
  const revisions = revisionsOf(plan);
  const consumers = await readConsumers(target);
  const reasons = consumers.flatMap((one) => whyNotStoppable(one, revisions[one.target.name]) ?? []);
  if (reasons.length > 0)
    throw new PreconditionFailed(
      `Not every consumer of ${target.name} can be stopped: ${reasons.join('; ')}. This step stopped none. Is the configuration still right?`,
    );
  const stops: Stop[] = [];
  // What is remembered is read after the services: an attempt that runs beside this one remembers before it stops.
  for (const { target: consumer, service, scaling } of consumers) {
    if (service === undefined) continue;
    const now = serviceNow(service, scaling);
    const { name, cluster, service: serviceName } = consumer;
    const remembered = whatToRemember(now, await readStopped({ cluster, service: serviceName }), run);
    stops.push({ name, cluster, service: serviceName, now, remembered });
  }
  return stops;
}

function said({ name, remembered: { desiredCount, from } }: Stop): string {
  const tasks = `${desiredCount} ${desiredCount === 1 ? 'task' : 'tasks'}`;
  if (from === 'earlier-run') return `${name} (stopped by an earlier run, which found ${tasks})`;
  return desiredCount === 0 ? `${name} (has none, and stays so)` : `${name} (${tasks})`;
}

async function stopService({ cluster, service, now }: Stop, abortSignal: AbortSignal): Promise<void> {
  const { suspend, stop } = howToStop(now);
  if (suspend) await setSuspension({ cluster, service }, SUSPENDED, abortSignal);
  if (stop)
    await ecs().send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }), { abortSignal });
}
