import pg from 'pg';
import type { Session } from '../session.ts';
import type { OwnedObject } from './compare-ownership.ts';
import { giveObjects, type Patience } from './give-objects.ts';
import { inTransaction } from './in-transaction.ts';
import { returnPolicies } from './move-policies.ts';
import type { TakeOver } from './ownership.ts';
import { returnPrivileges } from './return-privileges.ts';
import { readRole, settingOf } from './role.ts';
import { roleFailure } from './role-failure.ts';
import { setSearchPath } from './set-search-path.ts';
import { takeRolesBack } from './take-roles-back.ts';

/** Lets new sessions of the users begin as themselves again. They still are members of the owner role, and so everything works. */
export async function resetSessions(session: Session, plan: TakeOver): Promise<void> {
  const { users, ownerRole, acts, database, searchPath, searchPathBefore } = plan;
  await inTransaction(session, async () => {
    for (const user of users) {
      const role = await readRole(session, user);
      if (role === undefined) continue;
      if ((acts.includes(user) || plan.makes.second) && settingOf(role, 'role', database) === ownerRole)
        await session.query(`ALTER ROLE ${pg.escapeIdentifier(user)} RESET role`);
      if (searchPath !== null && user === users[0])
        await setSearchPath(session, user, database, searchPathBefore);
    }
  }).catch((error) => {
    throw roleFailure(error, `${users.join(' and ')} could not be made to act as themselves again`);
  });
}

/** What was given back, and what was left as it is, one sentence each. */
export interface GivenBack {
  readonly given: number;
  readonly left: readonly string[];
}

/**
 * Gives everything back to whom it belonged before. What was made since as the owner role goes to the first user, where the run has made the
 * owner role. Can be run again at any time. Whoever still acts as the owner role then loses its objects, so nobody should any more.
 */
export async function giveBack(
  session: Session,
  plan: TakeOver,
  signal: AbortSignal,
  patience?: Patience,
): Promise<GivenBack> {
  const { users, ownerRole, objects, makes } = plan;
  if ((await readRole(session, ownerRole)) === undefined) return { given: 0, left: [] };
  await returnPolicies(session, plan, signal, patience);
  await returnPrivileges(session, plan).catch((error) => {
    throw roleFailure(error, `Privileges of ${ownerRole} could not be given back`);
  });
  const before = new Map(
    objects.flatMap(({ user, type, names }) => names.map((name) => [JSON.stringify([type, name]), user])),
  );
  const ownerOf = ({ type, identity }: OwnedObject) => before.get(JSON.stringify([type, identity]));
  const { given, left } = await giveObjects(
    session,
    ownerRole,
    (object) => ownerOf(object) ?? users[0],
    (object) => ownerOf(object) !== undefined || makes.owner,
    signal,
    patience,
  );
  return {
    given,
    left: [
      ...left.map((extension) => `The extension ${extension} stays with ${ownerRole}.`),
      ...(await takeRolesBack(session, plan)),
    ],
  };
}
