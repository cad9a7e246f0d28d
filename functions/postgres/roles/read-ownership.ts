import { PreconditionFailed } from '../../errors.ts';
import type { Session } from '../session.ts';
import { type OwnedObject, readMentions, readOwned } from './compare-ownership.ts';
import type { OwnedObjects, Ownership, RoleFacts } from './ownership.ts';
import { splitList } from './quote-setting.ts';
import { isUnfinished, readDefaults } from './read-defaults.ts';
import { readGrants } from './read-grants.ts';
import { readPolicies } from './read-policies.ts';
import { readGrantable, readReach } from './read-reach.ts';
import { readSearchPath } from './read-search-path.ts';
import { readAsking, readMappings } from './read-surprises.ts';
import { type Role, readRole, settingOf } from './role.ts';

const SERVER = `
  SELECT
    current_setting('server_version_num')::int AS version,
    current_database()::text AS database,
    session_user::text AS administrator
`;

/**
 * Looks at everything that belongs to the users or that names them, and at what the session's role could do about it.
 *
 * @throws PreconditionFailed where there is nobody whose objects could be taken over
 */
export async function readOwnership(
  session: Session,
  users: readonly [string, string],
  ownerRole: string,
): Promise<Ownership> {
  const { version, database, administrator } = (
    await session.query<{ version: number; database: string; administrator: string }>(SERVER)
  ).rows[0] as { version: number; database: string; administrator: string };
  const owned = await readOwned(session, users);
  const [first, other] = await inOrder(session, users, owned);
  const owner = await readRole(session, ownerRole);
  const factsOf = (role: Role): RoleFacts => ({
    name: role.name,
    attributes: role.attributes,
    memberships: [...role.memberships],
    actsAs: settingOf(role, 'role', database) ?? null,
  });
  const grants = await readGrants(session, users, ownerRole, version);
  const defaults = await readDefaults(session, users, ownerRole);
  const policies = await readPolicies(session, users);
  const toActAs = new Set([
    ...users,
    ownerRole,
    ...grants.map(({ grantor }) => grantor),
    ...defaults.map(({ definer }) => definer),
    ...policies.map(({ tableOwner }) => tableOwner),
  ]);
  const toGrant = new Set(
    [first, other].flatMap((role) => role?.memberships.map(({ role: held }) => held) ?? []),
  );
  const ownPath = first.settings.find((one) => one.name === 'search_path' && one.database === database);
  const searchPath = await readSearchPath(session, first, database);
  return {
    address: session.address,
    database,
    administrator: factsOf((await readRole(session, administrator)) as Role),
    user: factsOf(first),
    second: other === undefined ? null : factsOf(other),
    secondName: users.find((name) => name !== first.name) as string,
    ownerRole,
    owner: owner === undefined ? null : factsOf(owner),
    objects: byType(owned.filter(({ follows }) => !follows)),
    following: owned.filter(({ follows }) => follows).length,
    grants,
    defaults,
    policies,
    unfinished: await isUnfinished(session, users, ownerRole),
    elsewhere: await readMentions(session, users),
    mappings: await readMappings(session, users, ownerRole),
    searchPath: searchPath ?? null,
    ownSearchPath: ownPath === undefined ? null : splitList(ownPath.value),
    asking: await readAsking(session),
    reach: (await readReach(session, version)).filter((role) => toActAs.has(role)),
    grantable: (await readGrantable(session, version)).filter((role) => toGrant.has(role)),
  };
}

/** The one that the application uses is the one that exists; where both do, the one that owns more. */
async function inOrder(
  session: Session,
  users: readonly [string, string],
  owned: readonly OwnedObject[],
): Promise<[Role, Role | undefined]> {
  const found = [await readRole(session, users[0]), await readRole(session, users[1])].filter(
    (role): role is Role => role !== undefined,
  );
  const count = ({ name }: Role) => owned.filter(({ user }) => user === name).length;
  const [first, other] = found.toSorted((one, another) => count(another) - count(one));
  if (first !== undefined) return [first, other];
  throw new PreconditionFailed(
    `There is neither a role ${users[0]} nor a role ${users[1]} on ${session.address}. Nothing was changed. Correct the users of the secret: one of them must be the role that the application uses today.`,
  );
}

function byType(objects: readonly OwnedObject[]): OwnedObjects[] {
  const groups = Map.groupBy(objects, ({ user, type }) => JSON.stringify([user, type]));
  return [...groups.values()].map((group) => {
    const [{ user, type }] = group as [OwnedObject];
    return { user, type, names: group.map(({ identity }) => identity) };
  });
}
