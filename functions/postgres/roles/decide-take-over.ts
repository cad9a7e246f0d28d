import { ownerAttributes, ownerMemberships } from './owner-role.ts';
import type { Ownership, RoleFacts, TakeOver } from './ownership.ts';

/** What a take-over would change, in data. */
export function decideTakeOver(ownership: Ownership): TakeOver {
  const { user, second, secondName, owner, ownerRole, searchPath, ownSearchPath } = ownership;
  const present = second === null ? [user] : [user, second];
  return {
    database: ownership.database,
    users: [user.name, secondName],
    ownerRole,
    makes: { owner: owner === null, second: second === null },
    joins: present.filter((role) => !isMember(role, ownerRole)).map(({ name }) => name),
    attributes: ownerAttributes(ownership),
    attributesBefore: owner?.attributes ?? null,
    memberships: ownerMemberships(ownership),
    objects: ownership.objects,
    grants: ownership.grants,
    defaults: ownership.defaults,
    policies: ownership.policies,
    acts: present.filter(({ actsAs }) => actsAs !== ownerRole).map(({ name }) => name),
    // Before its sessions begin as another role: afterwards nothing leads there any more.
    searchPath: searchPath === null || user.actsAs === ownerRole ? null : searchPath.elements,
    searchPathBefore: ownSearchPath,
  };
}

const isMember = ({ memberships }: RoleFacts, ownerRole: string): boolean =>
  memberships.some(({ role, inherit, set }) => role === ownerRole && inherit && set);
