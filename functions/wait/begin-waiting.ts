import * as z from 'zod/mini';
import { Lock, Run } from '../../schemas/run.ts';
import { Target } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { lockLifeSeconds } from '../run/lock.ts';
import type { StepTools } from '../step.ts';
import { describeWait, giveUpAt } from './give-up.ts';
import { lookAgain } from './look-again.ts';
import { type ParkedKind, type ParkedOf, park, type WaitedFor } from './parked.ts';
import { resourcesOf } from './resources.ts';
import type { LookOf } from './verdict.ts';

/** A parked token is forgotten this long after it was parked, in seconds, whatever became of its run. */
const FORGET_SECONDS = 2 * 86_400;
const DEFAULT_WAIT_SECONDS = 1800;

/** What every waiting state passes to its function, beside what it waits for. */
export const WaitInput = z.object({
  run: Run,
  lock: z.nullable(Lock),
  target: Target,
  taskToken: z.string(),
  /** Time-out of the state, in seconds. */
  waitSeconds: z._default(z.number().check(z.positive()), DEFAULT_WAIT_SECONDS),
  /** Name of the state; the step's own where it is used once. */
  state: z.optional(z.string()),
});
export type WaitInput = z.infer<typeof WaitInput>;

/** What the function of a waiting state answers to Lambda; what the state itself answers comes with the token. */
export const WaitOutput = z.object({ parked: z.boolean() });
export type WaitOutput = z.infer<typeof WaitOutput>;

/** Parks the run until what it waits for has come, then looks once: the event may have come before the token was parked. */
export async function beginWaiting<Kind extends ParkedKind>(
  { run, lock, target, taskToken, waitSeconds, state }: WaitInput,
  tools: StepTools,
  waited: WaitedFor<Kind>,
  look: LookOf<Kind>,
): Promise<WaitOutput> {
  const now = new Date();
  const step = state ?? tools.step;
  const parked = {
    ...(waited as WaitedFor),
    resource: resourcesOf(waited as WaitedFor)[0] ?? '',
    sort: `${run.id}#${step}`,
    taskToken,
    runId: run.id,
    step,
    parkedAt: now.toISOString(),
    lock,
    lockLifeSeconds: lockLifeSeconds(target),
    giveUpAt: giveUpAt(now, waitSeconds).toISOString(),
    expiresAt: Math.floor(now.getTime() / 1000) + FORGET_SECONDS,
  } as ParkedOf<Kind>;
  await park(parked);
  const looked = await lookAgain(parked, 'the first look', look);
  if (looked.state === 'answered') return { parked: false };
  await audit(run.id, { ...tools, step }, 'wait', `Waits for ${describeWait(parked)}: ${looked.seen}.`);
  return { parked: true };
}
