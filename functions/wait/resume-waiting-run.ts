import * as z from 'zod/mini';
import { logger } from '../step/observability.ts';
import { step } from '../step.ts';
import { nameOfEvent, ResourceEvent, resourcesOfEvent } from './event-resources.ts';
import { lookAgain } from './look-again.ts';
import { lookAtAny } from './looks.ts';
import { parkedFor } from './parked.ts';

const Output = z.object({ answered: z.number() });

/** Lets runs go on that wait for what the event is about. */
export const handler = step({
  name: 'resume-waiting-run',
  phase: 'act',
  input: ResourceEvent,
  output: Output,
  run: resume,
});

async function resume(event: ResourceEvent): Promise<{ answered: number }> {
  const name = nameOfEvent(event);
  let answered = 0;
  const failures: unknown[] = [];
  for (const resource of resourcesOfEvent(event)) {
    for (const parked of await parkedFor(resource)) {
      // One that cannot be looked at must not keep the others waiting.
      try {
        const { state } = await lookAgain(parked, `the event ${name}`, lookAtAny);
        if (state === 'answered') answered += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  }
  logger.info('looked again', { event: name, answered, failed: failures.length });
  // Lambda delivers the event again, which does no harm to those that were answered.
  if (failures.length > 0) throw failures[0];
  return { answered };
}
