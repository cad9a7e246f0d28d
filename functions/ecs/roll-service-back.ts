import { StopServiceDeploymentCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { type Action, Lock, Plan, Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { ecs } from './client.ts';
import { describeService, primaryOf } from './describe-service.ts';
import { Act } from './state.ts';
import { short } from './steadiness.ts';

const STEP = 'roll-service-back';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: ServiceTarget,
  service: z.object({ taskDefinition: z.string() }),
  plan: Plan,
});
type Input = z.infer<typeof Input>;

/** Brings the service back as planned. Run twice, or after a call that took effect without an answer, it does nothing twice. */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: Act, run: roll });

async function roll({ run, lock, target, service: planned, plan }: Input, tools: StepTools): Promise<Act> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const action = plan.actions[0] as Action;
  const to = String(action.parameters.taskDefinition);
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as Act;
  const at = earlier?.at ?? new Date().toISOString();
  const act: Act = { call: action.call, at, from: planned.taskDefinition, to };

  const running = primaryOf(await describeService(target))?.taskDefinition;
  if (running !== to) {
    if (running !== planned.taskDefinition) {
      throw new PreconditionFailed(
        `Somebody deployed ${short(running)} after the plan was made for ${short(planned.taskDefinition)}. This run changed nothing. If the service is still bad, start the runbook again.`,
        { running },
      );
    }
    await requireSwitchOn();
    await writeAction(run.id, { step: STEP, status: 'intended', call: action.call, at });
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(run.id, tools, 'action', `${action.title}.`, {
      call: action.call,
      from: act.from,
      to: act.to,
    });
    await write(action, target, to, tools.signal);
  } else if (action.call !== 'ecs:DescribeServices') {
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(
      run.id,
      tools,
      'observation',
      `${short(to)} is being deployed already: an earlier attempt took effect.`,
    );
  }
  await writeAction(run.id, { step: STEP, status: 'done', call: action.call, at, result: act });
  return act;
}

async function write(
  action: Action,
  target: ServiceTarget,
  taskDefinition: string,
  abortSignal: AbortSignal,
): Promise<void> {
  if (action.call === 'ecs:StopServiceDeployment') {
    try {
      await ecs().send(
        new StopServiceDeploymentCommand({ serviceDeploymentArn: action.resource, stopType: 'ROLLBACK' }),
        { abortSignal },
      );
      return;
    } catch (error) {
      // The deployment ended in the meantime, so there is nothing left to stop; the service is updated instead.
      if (!['ConflictException', 'ServiceDeploymentNotFoundException'].includes((error as Error).name))
        throw error;
    }
  }
  // Without desiredCount: what autoscaling decided stays.
  await ecs().send(
    new UpdateServiceCommand({ cluster: target.cluster, service: target.service, taskDefinition }),
    { abortSignal },
  );
}
