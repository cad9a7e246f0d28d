import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { type DatabaseTarget, ServiceTarget } from '../../schemas/target.ts';
import { RunbookError } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { redact } from '../step/redact.ts';
import { type StepTools, step } from '../step.ts';
import { readLogin } from './login.ts';
import { MigrationHead, type MigrationTool, readHeads } from './migration-head.ts';
import { openSession } from './session.ts';

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
  if (database.migrations === 'none') return { known: false, why: 'the database declares no migration tool' };
  let head: MigrationHead;
  try {
    head = { known: true, heads: await migrationHeads(database, database.migrations) };
  } catch (error) {
    head = { known: false, why: why(error as Error & { code?: string }) };
  }
  await audit(
    run.id,
    tools,
    'observation',
    head.known
      ? `The database ${database.name} stands at migration ${head.heads.join(', ') || '(none)'}.`
      : `The migration head of ${database.name} could not be read: ${head.why}.`,
  );
  return head;
}

async function migrationHeads(database: DatabaseTarget, tool: MigrationTool): Promise<string[]> {
  const session = await openSession(await readLogin(database));
  try {
    return await readHeads(session, tool);
  } finally {
    await session.close();
  }
}

/** Our own errors are sentences already; others are known by their code. Either becomes part of a sentence. */
function why(error: Error & { code?: string }): string {
  const text = redact(error.message);
  return error instanceof RunbookError ? text.replace(/\.$/, '') : `${error.code ?? error.name}: ${text}`;
}
