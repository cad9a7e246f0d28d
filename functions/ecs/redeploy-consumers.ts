import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { type RunbookError, Transient, VerificationFailed } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import {
  type Occasion,
  type ServiceToRedeploy,
  servicesToRedeploy,
  settled,
} from '../secrets/redeployed-services.ts';
import { ActionName, Retired, rotationOf } from '../secrets/rotation-state.ts';
import { isTransient } from '../step/map-error.ts';
import { type StepTools, step } from '../step.ts';
import { AwaitedConsumers } from './consumer-state.ts';
import { type DeclaredService, readDeclared } from './consumers.ts';
import { redeployService } from './redeploy-service.ts';

const CALL = 'ecs:UpdateService';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: z.union([SecretTarget, SecretsTarget]),
  plan: Plan,
  /** After the values before were put back. */
  undo: z.optional(z.boolean()),
  /** After old values were taken out of current ones. */
  retired: z.optional(Retired),
});
type Input = z.infer<typeof Input>;

/**
 * Deploys the consumers of secrets anew, each with the task definition and the number of tasks that it has: ECS gives tasks a secret's
 * value when they start, and never again.
 */
export const handler = step({
  name: 'redeploy-consumers',
  phase: 'act',
  input: Input,
  output: AwaitedConsumers,
  run: redeploy,
});

async function redeploy(
  { run, lock, target, plan, undo = false, retired }: Input,
  tools: StepTools,
): Promise<AwaitedConsumers> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const occasion = retired ?? (undo ? 'put-back' : 'rotated');
  const name = nameOf(occasion);
  const earlier = await readAction(run.id, name);
  if (earlier?.status === 'done') return earlier.result as AwaitedConsumers;
  const rotation = rotationOf(plan);
  const wanted = await servicesToRedeploy(rotation, run.id, occasion);
  const consumers = await readDeclared({ consumers: wanted.map((one) => one.name) });
  let at = earlier?.at;
  if (at === undefined) {
    await settled(wanted, tools.signal);
    at = new Date().toISOString();
    if (wanted.length > 0) {
      // What is taken back is taken back with the switch off, too.
      if (!undo) await requireSwitchOn();
      await writeAction(run.id, { step: name, status: 'intended', call: CALL, at });
      await updateRecord(run.id, undo ? { acted: true } : { acted: true, phase: 'act' });
    }
  }
  const { services, failure } = await redeployAll(consumers, wanted, at, run, tools);
  const tolerant = rotation.compromised && !(failure instanceof Transient);
  if (failure !== undefined && !tolerant) throw failure;
  if (failure !== undefined) await audit(run.id, tools, 'error', failure.message);
  const result = { services, tolerant: rotation.compromised };
  await writeAction(run.id, { step: name, status: 'done', call: CALL, at, result });
  return result;
}

function nameOf(occasion: Occasion): string {
  if (occasion === 'rotated') return ActionName.redeploy;
  return occasion === 'put-back' ? ActionName.redeployAgain : ActionName.redeployRetired;
}

type Awaited = AwaitedConsumers['services'][number];

/** Deploys all anew that can be; the failure is of the others. */
async function redeployAll(
  consumers: readonly DeclaredService[],
  wanted: readonly ServiceToRedeploy[],
  at: string,
  run: Run,
  tools: StepTools,
): Promise<{ readonly services: Awaited[]; readonly failure: RunbookError | undefined }> {
  const services: Awaited[] = [];
  const failures: Array<{ readonly name: string; readonly error: Error }> = [];
  for (const [place, consumer] of consumers.entries()) {
    const { name } = consumer.target;
    try {
      services.push(...(await redeployService(consumer, wanted[place]?.secrets ?? [], at, run, tools)));
    } catch (error) {
      // The others are not left with a value that may be taken away because of one.
      tools.signal.throwIfAborted();
      failures.push({ name, error: error as Error });
    }
  }
  return { services, failure: failures.length === 0 ? undefined : whyNotAll(failures, services.length) };
}

function whyNotAll(
  failures: ReadonlyArray<{ readonly name: string; readonly error: Error }>,
  deployed: number,
): RunbookError {
  const told = failures.map(({ name, error }) => `${name} (${error.name}: ${error.message})`).join('; ');
  return failures.every(({ error }) => isTransient(error))
    ? new Transient(
        `ECS does not deploy anew yet: ${told}. It is tried again; what was deployed is not again.`,
      )
    : new VerificationFailed(
        `Not every service could be deployed anew: ${told}. ${deployed} others were. Those that were not still hold the value that their tasks were started with.`,
      );
}
