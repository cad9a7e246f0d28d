import pg from 'pg';
import {
  alterUser,
  inTransaction,
  logIn,
  mustLogIn,
  quoteUser,
  readCurrent,
  reference,
} from './reference.ts';

const SUFFIX = '_clone';

/** AWS's template for two users, from the second rotation on: the clone is there, and the master sets its password. */
export const handler = reference({
  nextUser: (current) => (current.endsWith(SUFFIX) ? current.slice(0, -SUFFIX.length) : current + SUFFIX),
  readsPrevious: false,
  async set({ current, pending }) {
    const set = await logIn(pending);
    if (set !== undefined) return await set.end();
    await (await mustLogIn(current)).end();
    const master = await mustLogIn(await readCurrent(current.masterarn));
    await inTransaction(master, [
      quoteUser(pending.username),
      quoteUser(current.username),
      `SELECT 1 FROM pg_roles WHERE rolname = ${pg.escapeLiteral(pending.username)}`,
      alterUser(pending),
    ]);
  },
});
