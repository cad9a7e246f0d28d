import * as z from 'zod/mini';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { logger } from '../step/observability.ts';
import { step } from '../step.ts';
import { lookAgain, sendHeartbeat } from './look-again.ts';
import { allParked, type Parked, unpark } from './parked.ts';

const Input = z.unknown();
const Output = z.object({ waiting: z.number(), answered: z.number() });

/** Finds what an event missed, and shows that the runs that still wait are alive. */
export const handler = step({
  name: 'sweep-waiting-runs',
  phase: 'act',
  input: Input,
  output: Output,
  run: sweep,
});

async function sweep(): Promise<{ waiting: number; answered: number }> {
  let waiting = 0;
  let answered = 0;
  for (const parked of await allParked()) {
    // One that cannot be looked at must not keep the others waiting.
    try {
      if ((await lookAgain(parked, 'the sweep')) === 'answered') answered += 1;
      else if (await keepAlive(parked)) waiting += 1;
    } catch (error) {
      logger.error('a waiting run could not be looked at', {
        run: parked.runId,
        error: (error as Error).name,
      });
    }
  }
  return { waiting, answered };
}

async function keepAlive(parked: Parked): Promise<boolean> {
  if (!(await sendHeartbeat(parked))) {
    await unpark(parked);
    return false;
  }
  if (parked.lock) await holdLock(parked.lock, parked.runId, lockLifeSeconds(parked.target));
  return true;
}
