import { ownerAttributes, ownerMemberships } from './owner-role.ts';
import type { Ownership } from './ownership.ts';

/** What the administrator may not do, and would have to. */
export function reachObstacles(ownership: Ownership): string[] {
  const { administrator, owner, ownerRole, reach, grantable, grants, defaults, policies } = ownership;
  const mayAct = (role: string) => reach.includes(role);
  const missing = (role: string, what: string) =>
    `${administrator.name} may not act as ${role}, ${what}: make it a member of ${role} WITH ADMIN OPTION.`;
  const attributes = ownerAttributes(ownership);
  const lacks = (['createDatabase', 'createRole', 'replication', 'bypassRowSecurity'] as const).filter(
    (power) =>
      attributes[power] &&
      !owner?.attributes[power] &&
      !administrator.attributes[power] &&
      !administrator.attributes.superuser,
  );
  const sentences = [
    ...[ownership.user, ...(ownership.second === null ? [] : [ownership.second])]
      .filter(({ name }) => !mayAct(name))
      .map(({ name }) => missing(name, 'to whom objects belong')),
    ...(owner === null || mayAct(ownerRole) ? [] : [missing(ownerRole, 'to whom they would be given')]),
    ...grants
      .filter(({ grantor }) => !mayAct(grantor))
      .map(({ grantor, user, privileges, type, identity }) =>
        missing(grantor, `which gave ${user} ${privileges.join(', ')} on ${type} ${identity}`),
      ),
    ...defaults
      .filter(({ definer }) => !mayAct(definer))
      .map(({ definer, grantee }) => missing(definer, `whose default privileges name ${grantee}`)),
    ...policies
      .filter(({ tableOwner }) => !mayAct(tableOwner))
      .map(({ tableOwner, policy, table }) =>
        missing(tableOwner, `to whom ${table} with the policy ${policy} belongs`),
      ),
    ...ownerMemberships(ownership)
      .filter(({ role }) => !grantable.includes(role))
      .map(
        ({ role }) =>
          `${administrator.name} may not make ${ownerRole} a member of ${role}, as ${ownership.user.name} is: give it ${role} WITH ADMIN OPTION.`,
      ),
    ...lacks.map(
      (power) =>
        `${administrator.name} may not give ${ownerRole} an attribute that ${ownership.user.name} has (${power}), because it does not have it itself.`,
    ),
  ];
  return [...new Set(sentences)];
}
