import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresServer } from './server.ts';

const POLL_MILLISECONDS = 20;

/** An archiver that takes longer than this does not work at all. */
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Brings everything that was committed so far into the archive of a server that archives, followed by a commit of its own:
 * a recovery that is to end at some time needs a later commit to see that the time has come.
 */
export async function completeArchive(server: PostgresServer): Promise<void> {
  const file = await server.session('postgres', async (client) => {
    // An empty transaction with a number is logged with its time.
    await client.query('SELECT pg_current_xact_id()');
    const { rows } = await client.query('SELECT pg_walfile_name(pg_switch_wal()) AS file');
    return rows[0].file as string;
  });
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  while (performance.now() < deadline) {
    const there = await access(join(server.cluster.archive, file)).then(
      () => true,
      () => false,
    );
    if (there) return;
    await pause(POLL_MILLISECONDS);
  }
  throw new Error(`PostgreSQL did not archive its write-ahead log ${file}.`);
}
