import type { DatabaseConnection } from '../../schemas/target.ts';
import { RunbookError } from '../errors.ts';
import { redact } from '../step/redact.ts';
import { readLogin } from './login.ts';
import { countUnfinished, type MigrationHead, readHeads } from './migration-head.ts';
import { openSession } from './session.ts';

/** At which migration a database stands. One that cannot be read is an answer, not a failure. */
export async function askHead(database: DatabaseConnection): Promise<MigrationHead> {
  const { migrations: tool } = database;
  if (tool === 'none') return { known: false, why: 'the database declares no migration tool' };
  try {
    const session = await openSession(await readLogin(database));
    try {
      const heads = await readHeads(session, tool);
      const unfinished = await countUnfinished(session, tool);
      return { known: true, heads, ...(unfinished === 0 ? {} : { unfinished }) };
    } finally {
      await session.close();
    }
  } catch (error) {
    return { known: false, why: why(error as Error & { code?: string }) };
  }
}

/** What was read of a database, as a sentence for the audit log. */
export function headSentence(database: string, head: MigrationHead): string {
  if (!head.known) return `The migration head of ${database} could not be read: ${head.why}.`;
  const unfinished = head.unfinished ?? 0;
  return `The database ${database} stands at migration ${head.heads.join(', ') || '(none)'}${unfinished === 0 ? '' : `, with ${unfinished} begun and not finished`}.`;
}

/** Our own errors are sentences already; others are known by their code. Either becomes part of a sentence. */
function why(error: Error & { code?: string }): string {
  const text = redact(error.message);
  return error instanceof RunbookError ? text.replace(/\.$/, '') : `${error.code ?? error.name}: ${text}`;
}
