import { type Attributes, type Membership, type Role, type Setting, settingOf } from './role.ts';

const ATTRIBUTES: Readonly<Record<Exclude<keyof Attributes, 'connectionLimit'>, string>> = {
  login: 'LOGIN',
  superuser: 'SUPERUSER',
  inherit: 'INHERIT',
  createDatabase: 'CREATEDB',
  createRole: 'CREATEROLE',
  replication: 'REPLICATION',
  bypassRowSecurity: 'BYPASSRLS',
};

/**
 * How two login roles differ by themselves, and where one does not act as the owner role: one sentence each.
 *
 * @param database where they log in
 */
export function compareRoles(one: Role, other: Role, ownerRole: string, database: string): string[] {
  return [
    ...[one, other].flatMap((role) => actsAsOwner(role, ownerRole, database)),
    ...compareAttributes(one, other),
    ...compareMemberships(one, other, ownerRole),
    ...compareSettings(one, other, database),
  ];
}

/** What both must have whatever the other one has. */
function actsAsOwner(role: Role, ownerRole: string, database: string): string[] {
  const { name, memberships } = role;
  const membership = memberships.find((held) => held.role === ownerRole);
  const acts = settingOf(role, 'role', database);
  return [
    ...(role.expired ? [`The password of ${name} is no longer valid (VALID UNTIL has passed).`] : []),
    ...(membership === undefined
      ? [`${name} is not a member of ${ownerRole}.`]
      : membership.inherit && membership.set
        ? []
        : [`${name} is a member of ${ownerRole} that may not ${membership.set ? 'inherit' : 'set'} it.`]),
    ...(acts === ownerRole
      ? []
      : [
          acts === undefined
            ? `${name} does not begin its sessions as ${ownerRole}: what it makes belongs to itself.`
            : `${name} begins its sessions as ${acts}, not as ${ownerRole}.`,
        ]),
  ];
}

function compareAttributes(one: Role, other: Role): string[] {
  const differences = Object.entries(ATTRIBUTES).flatMap(([attribute, word]) => {
    const [of, than] = [one, other].map(({ attributes }) => attributes[attribute as keyof Attributes]);
    if (of === than) return [];
    const [has, lacks] = of ? [one, other] : [other, one];
    return [`${has.name} has the attribute ${word}, ${lacks.name} has not.`];
  });
  const [of, than] = [one.attributes.connectionLimit, other.attributes.connectionLimit];
  if (of !== than)
    differences.push(
      `${one.name} may have ${connections(of)} at a time, ${other.name} ${connections(than)}.`,
    );
  return differences;
}

const connections = (limit: number): string =>
  limit < 0 ? 'any number of connections' : limit === 1 ? 'one connection' : `${limit} connections`;

/** Who is no member of the owner role has been told. */
function compareMemberships(one: Role, other: Role, ownerRole: string): string[] {
  const roles = new Set([...one.memberships, ...other.memberships].map(({ role }) => role));
  return [...roles].toSorted().flatMap((role) => {
    const [of, than] = [one, other].map(({ memberships }) => memberships.find((held) => held.role === role));
    if (role === ownerRole && (of === undefined || than === undefined)) return [];
    if (of === undefined) return [`${other.name} is a member of ${role}, ${one.name} is not.`];
    if (than === undefined) return [`${one.name} is a member of ${role}, ${other.name} is not.`];
    const [here, there] = [options(of), options(than)];
    if (here === there) return [];
    return [`${one.name} is a member of ${role} with ${here}, ${other.name} with ${there}.`];
  });
}

const options = ({ admin, inherit, set }: Membership): string =>
  `ADMIN ${word(admin)}, INHERIT ${word(inherit)}, SET ${word(set)}`;
const word = (option: boolean): string => (option ? 'TRUE' : 'FALSE');

/** Values are not quoted: settings of an application's own may hold anything. As whom a session begins has been told. */
function compareSettings(one: Role, other: Role, here: string): string[] {
  const keyOf = ({ database, name }: Setting) => JSON.stringify([database, name]);
  const ofOne = new Map(one.settings.map((setting) => [keyOf(setting), setting]));
  const ofOther = new Map(other.settings.map((setting) => [keyOf(setting), setting]));
  return [...new Set([...ofOne.keys(), ...ofOther.keys()])].toSorted().flatMap((key) => {
    const [of, than] = [ofOne.get(key), ofOther.get(key)];
    const { database, name } = (of ?? than) as Setting;
    if (name === 'role' && (database === null || database === here)) return [];
    const where = database === null ? '' : ` in the database ${database}`;
    if (of === undefined) return [`${other.name} has a setting of ${name}${where}, ${one.name} has none.`];
    if (than === undefined) return [`${one.name} has a setting of ${name}${where}, ${other.name} has none.`];
    return of.value === than.value
      ? []
      : [`${one.name} and ${other.name} have different settings of ${name}${where}.`];
  });
}
