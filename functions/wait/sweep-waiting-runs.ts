import * as z from 'zod/mini';
import { holdLock } from '../run/lock.ts';
import { logger } from '../step/observability.ts';
import { step } from '../step.ts';
import { givingUp } from './give-up.ts';
import { answer, type Looked, lookAgain, sendHeartbeat } from './look-again.ts';
import { lookAtAny } from './looks.ts';
import { allParked, type Parked, unpark } from './parked.ts';

const Input = z.unknown();
const Output = z.object({ waiting: z.number(), answered: z.number() });

const BY = 'the sweep';

/** Finds what an event missed, ends what has waited too long, and shows that the runs that still wait are alive. */
export const handler = step({
  name: 'sweep-waiting-runs',
  phase: 'act',
  input: Input,
  output: Output,
  run: sweep,
});

async function sweep(): Promise<{ waiting: number; answered: number }> {
  // Side by side: one whose service does not answer must not keep the others waiting.
  const states = await Promise.all((await allParked()).map(attend));
  return {
    waiting: states.filter((state) => state === 'waiting').length,
    answered: states.filter((state) => state === 'answered').length,
  };
}

async function attend(parked: Parked): Promise<'answered' | 'waiting' | 'gone' | 'failed'> {
  try {
    const looked = await lookOrSayWhyNot(parked);
    if (looked.state === 'answered') return 'answered';
    const now = new Date();
    if (now.getTime() >= Date.parse(parked.giveUpAt)) {
      await answer(parked, BY, givingUp(parked, looked.seen, now));
      return 'answered';
    }
    return (await keepAlive(parked)) ? 'waiting' : 'gone';
  } catch (error) {
    logger.error('a waiting run could not be attended to', {
      run: parked.runId,
      error: (error as Error).name,
    });
    return 'failed';
  }
}

/** A look that failed is no reason to let the run die: it is kept alive until its time is over. */
async function lookOrSayWhyNot(parked: Parked): Promise<Looked> {
  try {
    return await lookAgain(parked, BY, lookAtAny);
  } catch (error) {
    const { name } = error as Error;
    logger.error('a waiting run could not be looked at', { run: parked.runId, error: name });
    return { state: 'waiting', seen: `nothing, for looking failed with ${name}` };
  }
}

async function keepAlive(parked: Parked): Promise<boolean> {
  if (!(await sendHeartbeat(parked))) {
    await unpark(parked);
    return false;
  }
  if (parked.lock) await holdLock(parked.lock, parked.runId, parked.lockLifeSeconds);
  return true;
}
