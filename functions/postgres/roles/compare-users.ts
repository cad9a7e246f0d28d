import type { Session } from '../session.ts';
import { readDefaultPrivileges, tellDefaultPrivileges } from './compare-defaults.ts';
import { readMentions, readOwned, tellMentions, tellOwned } from './compare-ownership.ts';
import { readUnevenPolicies, tellPolicies } from './compare-policies.ts';
import { readUnevenPrivileges, tellPrivileges } from './compare-privileges.ts';
import { compareRoles } from './compare-roles.ts';
import { type Role, readRole } from './role.ts';

/** So many differences of one sort are told one by one. */
const MOST_TOLD = 25;

const SERVER = `
  SELECT current_setting('server_version_num')::int AS version, current_database()::text AS database
`;

/**
 * Compares two login roles as they act in the database of the session: what they may do, by themselves and by roles that they are
 * members of, what belongs to one of them instead of to the owner role, and what is said of one and not of the other. Only reads the
 * catalog, which every role may. What another database grants cannot be seen from here; it is told as a count.
 *
 * @returns one sentence for every difference; none when it makes no difference which of them somebody logs in as
 */
export async function compareUsers(
  session: Session,
  users: readonly [string, string],
  ownerRole: string,
): Promise<string[]> {
  const roles = [
    await readRole(session, users[0]),
    await readRole(session, users[1]),
    await readRole(session, ownerRole),
  ];
  const missing = [...users, ownerRole].filter((_, place) => roles[place] === undefined);
  if (missing.length > 0) return missing.map((role) => `There is no role ${role}.`);
  const [one, other, owner] = roles as [Role, Role, Role];
  const { version, database } = (await session.query<{ version: number; database: string }>(SERVER))
    .rows[0] as { version: number; database: string };
  const privileges = await readUnevenPrivileges(session, users, version);
  const owned = await readOwned(session, users);
  const mentions = await readMentions(session, users);
  const defaults = await readDefaultPrivileges(session, users);
  const policies = await readUnevenPolicies(session, users);
  return [
    ...(owner.attributes.login ? [`${ownerRole} may log in itself (LOGIN).`] : []),
    ...compareRoles(one, other, ownerRole, database),
    ...some(tellOwned(owned, ownerRole)),
    ...tellMentions(mentions, users, ownerRole),
    ...some(tellPrivileges(privileges, users)),
    ...some(tellDefaultPrivileges(defaults, users)),
    ...some(tellPolicies(policies, users)),
  ];
}

function some(sentences: readonly string[]): string[] {
  const more = sentences.length - MOST_TOLD;
  if (more <= 0) return [...sentences];
  return [
    ...sentences.slice(0, MOST_TOLD),
    `There ${more === 1 ? 'is one more' : `are ${more} more`} of this sort.`,
  ];
}
