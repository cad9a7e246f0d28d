import type { Session } from '../session.ts';
import type { Given, Patience } from './give-objects.ts';
import { bridge, setDefault } from './move-defaults.ts';
import type { TakeOver } from './ownership.ts';
import { readDefaults } from './read-defaults.ts';
import { readOldSessions } from './read-old-sessions.ts';
import { roleFailure } from './role-failure.ts';
import { giveLate } from './take-over.ts';
import { withRoles } from './with-roles.ts';

/**
 * Ends a take-over once the application has reconnected: what its old sessions made is given to the owner role, and the users keep no
 * defaults of their own, which nobody needs any more.
 *
 * @returns what was given, and how many sessions still act as a user by itself because they began before that time
 */
export async function settleTakeOver(
  session: Session,
  plan: TakeOver,
  changedAt: Date,
  signal: AbortSignal,
  patience?: Patience,
): Promise<Given & { readonly oldSessions: number }> {
  const { users, ownerRole } = plan;
  const given = await giveLate(session, plan, signal, patience);
  try {
    const oldSessions = await withRoles(session, [...users, ownerRole], async () => {
      for (const user of users) await bridge(session, user, ownerRole, false);
      for (const one of await readDefaults(session, users, ownerRole))
        if (users.includes(one.definer)) await setDefault(session, one, false);
      return readOldSessions(session, users, changedAt);
    });
    return { ...given, oldSessions };
  } catch (error) {
    throw roleFailure(error, `The default privileges of ${users.join(' and ')} could not be taken away`);
  }
}
