import type { Ownership, TakeOver } from './ownership.ts';

/** On RDS, a member logs in by a token of IAM: a matter of who logs in, not of whom they act as. */
const LOGIN_ROLES = new Set(['rds_iam']);

/** What the owner role must be able to do by itself, because attributes are not inherited: what its users could. */
export function ownerAttributes({ user, second, owner }: Ownership): TakeOver['attributes'] {
  const all = [user, second, owner].flatMap((role) => (role === null ? [] : [role.attributes]));
  return {
    login: false,
    superuser: false,
    inherit: owner?.attributes.inherit ?? true,
    createDatabase: all.some(({ createDatabase }) => createDatabase),
    createRole: all.some(({ createRole }) => createRole),
    replication: all.some(({ replication }) => replication),
    bypassRowSecurity: all.some(({ bypassRowSecurity }) => bypassRowSecurity),
    connectionLimit: owner?.attributes.connectionLimit ?? -1,
  };
}

/** Roles that the owner role must become a member of, because its users are and will act as it. */
export function ownerMemberships({
  user,
  second,
  owner,
  ownerRole,
  secondName,
}: Ownership): TakeOver['memberships'] {
  const wanted = [user, second].flatMap((role) => role?.memberships ?? []);
  const roles = new Set(wanted.map(({ role }) => role));
  for (const role of [ownerRole, user.name, secondName, ...LOGIN_ROLES]) roles.delete(role);
  return [...roles].toSorted().flatMap((role) => {
    const ofThis = wanted.filter((membership) => membership.role === role);
    const membership = {
      role,
      admin: ofThis.some(({ admin }) => admin),
      inherit: ofThis.some(({ inherit }) => inherit),
      set: ofThis.some(({ set }) => set),
    };
    const held = owner?.memberships.find((one) => one.role === role);
    const suffices =
      held !== undefined &&
      (held.admin || !membership.admin) &&
      (held.inherit || !membership.inherit) &&
      (held.set || !membership.set);
    return suffices ? [] : [membership];
  });
}
