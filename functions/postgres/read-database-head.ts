import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { askHead, headSentence } from './ask-head.ts';
import { MigrationHead } from './migration-head.ts';

const Input = z.object({ run: Run, target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** Reads at which migration a database stands. One that cannot be read is an answer, not a failure. */
export const handler = step({
  name: 'read-database-head',
  phase: 'plan',
  input: Input,
  output: MigrationHead,
  run: read,
});

async function read({ run, target }: Input, tools: StepTools): Promise<MigrationHead> {
  const head = await askHead(target);
  await audit(run.id, tools, 'observation', headSentence(target.name, head), { ...head });
  return head;
}
