import type { Ownership, RoleFacts } from './ownership.ts';
import { reachObstacles } from './reach-obstacles.ts';

/** PostgreSQL lets nobody but superusers own these. */
const OF_SUPERUSERS = new Set(['foreign-data wrapper', 'event trigger']);

/** Why a database cannot be taken over as things stand, one sentence each that says what to do. */
export function findObstacles(ownership: Ownership): string[] {
  return [
    ...ofAdministrator(ownership),
    ...ofOwnerRole(ownership),
    ...users(ownership).flatMap((user) => ofUser(user, ownership)),
    ...ofOtherDatabases(ownership),
    ...ofObjects(ownership),
    ...reachObstacles(ownership),
  ];
}

const users = ({ user, second }: Ownership): RoleFacts[] => (second === null ? [user] : [user, second]);

function ofAdministrator({ administrator, owner, second, ownerRole, secondName }: Ownership): string[] {
  const { attributes } = administrator;
  const made = [...(owner === null ? [ownerRole] : []), ...(second === null ? [secondName] : [])];
  if (made.length === 0 || attributes.createRole || attributes.superuser) return [];
  return [
    `${administrator.name} may not make ${made.join(' and ')}: give it CREATEROLE, or make them by hand.`,
  ];
}

function ofOwnerRole({ owner, ownerRole, user, secondName }: Ownership): string[] {
  if (ownerRole === user.name || ownerRole === secondName)
    return [
      `${ownerRole} is declared as a user and as the owner role: declare another name for the owner role.`,
    ];
  if (owner === null) return [];
  const within = owner.memberships.find(({ role }) => role === user.name || role === secondName);
  return [
    ...(owner.attributes.superuser ? [`${ownerRole} is a superuser: choose another owner role.`] : []),
    ...(owner.attributes.login
      ? [`${ownerRole} may log in: take LOGIN away from it, or choose another owner role.`]
      : []),
    ...(within === undefined
      ? []
      : [
          `${ownerRole} is a member of ${within.role}, so that ${within.role} cannot be made a member of it.`,
        ]),
  ];
}

function ofUser({ name, attributes, memberships, actsAs }: RoleFacts, ownership: Ownership): string[] {
  const { administrator, ownerRole } = ownership;
  return [
    ...(attributes.superuser
      ? [`${name} is a superuser, which no owner role can stand for: let the application use another role.`]
      : []),
    ...(name === administrator.name
      ? [
          `${name} is the administrator itself, which must not act as ${ownerRole}: let the application use a role of its own.`,
        ]
      : []),
    ...(memberships.some(({ role }) => role === administrator.name)
      ? [`${name} is a member of the administrator ${administrator.name}: take that membership away first.`]
      : []),
    ...(actsAs === null || actsAs === ownerRole
      ? []
      : [`${name} begins its sessions as ${actsAs} already: declare that as the owner role, or reset it.`]),
  ];
}

/** What a user has in another database it would no longer reach there once its sessions begin as the owner role. */
function ofOtherDatabases({ elsewhere, ownerRole }: Ownership): string[] {
  return elsewhere.map(
    ({ user, database, owned, named }) =>
      `In the database ${database}, ${owned} objects belong to ${user} and ${named} name it; its sessions would begin as ${ownerRole} there, too: give them to another role first, or let the application use another role there.`,
  );
}

function ofObjects({ administrator, objects, mappings, user, ownerRole }: Ownership): string[] {
  const { createDatabase, superuser } = administrator.attributes;
  return [
    ...objects
      .filter(({ type }) => OF_SUPERUSERS.has(type))
      .map(
        ({ type, names, user: holder }) =>
          `The ${type} ${names.join(', ')} belongs to ${holder}, and only a superuser may own one: give it to the administrator first.`,
      ),
    ...objects
      .filter(({ type }) => type === 'database' && !createDatabase && !superuser)
      .map(
        ({ names }) =>
          `The database ${names.join(', ')} itself would get another owner, for which ${administrator.name} needs CREATEDB: give it that.`,
      ),
    ...mappings.map(
      (server) =>
        `${user.name} has a user mapping at the server ${server} and ${ownerRole} has none: Nightshift does not read its options. Make one for ${ownerRole} by hand first.`,
    ),
  ];
}
