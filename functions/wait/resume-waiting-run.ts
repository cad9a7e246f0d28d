import * as z from 'zod/mini';
import { logger } from '../step/observability.ts';
import { step } from '../step.ts';
import { lookAgain } from './look-again.ts';
import { parkedFor } from './parked.ts';

/** An ECS event about a service; only its resource is trusted, for it may be late, early or repeated. */
const Input = z.object({
  resources: z.array(z.string()),
  'detail-type': z.string(),
  detail: z.object({ eventName: z.string() }),
});
type Input = z.infer<typeof Input>;
const Output = z.object({ answered: z.number() });

/** Lets runs go on that wait for the service the event is about. */
export const handler = step({
  name: 'resume-waiting-run',
  phase: 'act',
  input: Input,
  output: Output,
  run: resume,
});

async function resume(event: Input): Promise<{ answered: number }> {
  let answered = 0;
  for (const arn of event.resources) {
    const match = /:service\/([^/]+)\/([^/]+)$/.exec(arn);
    if (!match) continue;
    for (const parked of await parkedFor(`ecs-service/${match[1]}/${match[2]}`)) {
      if ((await lookAgain(parked, `the event ${event.detail.eventName}`)) === 'answered') answered += 1;
    }
  }
  logger.info('looked again', { event: event.detail.eventName, answered });
  return { answered };
}
