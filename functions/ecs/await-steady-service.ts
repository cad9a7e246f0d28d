import * as z from 'zod/mini';
import { Lock, Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { lookAgain } from '../wait/look-again.ts';
import { type Parked, park } from '../wait/parked.ts';
import { Act } from './state.ts';
import { short } from './steadiness.ts';

/** A parked token is forgotten this long after it was parked, in seconds, whatever became of its run. */
const FORGET_SECONDS = 2 * 86_400;

const Input = z.object({ run: Run, lock: Lock, target: ServiceTarget, act: Act, taskToken: z.string() });
type Input = z.infer<typeof Input>;
const Output = z.object({ parked: z.boolean() });

/** Parks the run until the service is steady, then looks once: the event may have come before the token was parked. */
export const handler = step({
  name: 'await-steady-service',
  phase: 'act',
  input: Input,
  output: Output,
  run: wait,
});

async function wait(
  { run, lock, target, act, taskToken }: Input,
  tools: StepTools,
): Promise<{ parked: boolean }> {
  const now = new Date();
  const parked: Parked = {
    resource: `ecs-service/${target.cluster}/${target.service}`,
    sort: `${run.id}#${tools.step}`,
    taskToken,
    runId: run.id,
    step: tools.step,
    kind: 'steady-service',
    parkedAt: now.toISOString(),
    lock,
    target,
    wanted: act.to,
    expiresAt: Math.floor(now.getTime() / 1000) + FORGET_SECONDS,
  };
  await park(parked);
  const result = await lookAgain(parked, 'the first look');
  if (result === 'waiting')
    await audit(run.id, tools, 'wait', `Waits for ECS to report ${short(act.to)} steady.`);
  return { parked: result === 'waiting' };
}
