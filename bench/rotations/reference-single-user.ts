import { alterUser, inTransaction, logIn, mustLogIn, quoteUser, reference } from './reference.ts';

/** AWS's template for one user: the user changes its own password. */
export const handler = reference({
  nextUser: (current) => current,
  readsPrevious: true,
  async set({ current, pending }) {
    const set = await logIn(pending);
    if (set !== undefined) return await set.end();
    await inTransaction(await mustLogIn(current), [quoteUser(pending.username), alterUser(pending)]);
  },
});
