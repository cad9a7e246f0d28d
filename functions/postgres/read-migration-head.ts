import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { askHead, headSentence } from './ask-head.ts';
import { MigrationHead } from './migration-head.ts';

const Input = z.object({ run: Run, target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Reads at which migration the service's database stands. A database that cannot be read is an answer, not a failure. */
export const handler = step({
  name: 'read-migration-head',
  phase: 'plan',
  input: Input,
  output: MigrationHead,
  run: read,
});

async function read({ run, target }: Input, tools: StepTools): Promise<MigrationHead> {
  const { database } = target;
  if (database === undefined) return { known: false, why: 'the service declares no database' };
  const head = await askHead(database);
  if (database.migrations !== 'none')
    await audit(run.id, tools, 'observation', headSentence(database.name, head));
  return head;
}
