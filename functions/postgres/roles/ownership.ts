import * as z from 'zod/mini';

/** What the steps of a take-over hand each other. No value of a setting, no option of a user mapping and no row is among it. */

const Attributes = z.object({
  login: z.boolean(),
  superuser: z.boolean(),
  inherit: z.boolean(),
  createDatabase: z.boolean(),
  createRole: z.boolean(),
  replication: z.boolean(),
  bypassRowSecurity: z.boolean(),
  connectionLimit: z.number(),
});

const Membership = z.object({ role: z.string(), admin: z.boolean(), inherit: z.boolean(), set: z.boolean() });

/** A role, as far as a plan needs it. */
export const RoleFacts = z.object({
  name: z.string(),
  attributes: Attributes,
  memberships: z.array(Membership),
  /** As whom its sessions begin in this database; null: as itself. */
  actsAs: z.nullable(z.string()),
});
export type RoleFacts = z.infer<typeof RoleFacts>;

/** Objects of one type that belong to one user. */
export const OwnedObjects = z.object({
  user: z.string(),
  type: z.string(),
  /** Whole names, quoted where they need to be. */
  names: z.array(z.string()),
});
export type OwnedObjects = z.infer<typeof OwnedObjects>;

/** Privileges that a user was given on what belongs to somebody else. */
export const Grant = z.object({
  user: z.string(),
  type: z.string(),
  /** The object's whole name, and the column's where it is one: quoted where they need to be. */
  identity: z.string(),
  column: z.nullable(z.string()),
  privileges: z.array(z.string()),
  /** Whether they may be passed on. */
  grantable: z.boolean(),
  grantor: z.string(),
  /** Those of them that the owner role was given, too. */
  ownerHad: z.array(z.string()),
  /** Whether the user passed some of them on: they cannot be taken away from it then. */
  passedOn: z.boolean(),
});
export type Grant = z.infer<typeof Grant>;

/** One entry of ALTER DEFAULT PRIVILEGES. */
export const Default = z.object({
  /** Role whose new objects it is for. */
  definer: z.string(),
  /** Null: in every schema. */
  schema: z.nullable(z.string()),
  objects: z.enum(['TABLES', 'SEQUENCES', 'ROUTINES', 'TYPES', 'SCHEMAS', 'LARGE OBJECTS']),
  /** Null for PUBLIC. */
  grantee: z.nullable(z.string()),
  privilege: z.string(),
  grantable: z.boolean(),
  /** True where it takes away what there would be by itself. */
  revoked: z.boolean(),
  /** Whether the same held for the owner role already. */
  ownerHad: z.boolean(),
});
export type Default = z.infer<typeof Default>;

/** A row-level-security policy that names a user. */
export const Policy = z.object({
  table: z.string(),
  policy: z.string(),
  roles: z.array(z.string()),
  tableOwner: z.string(),
});
export type Policy = z.infer<typeof Policy>;

/** `$.ownership`: everything that a take-over has to know, as it was found. */
export const Ownership = z.object({
  address: z.string(),
  database: z.string(),
  /** Who would do it. */
  administrator: RoleFacts,
  /** The role that the application uses, and the one that will take turns with it. */
  user: RoleFacts,
  second: z.nullable(RoleFacts),
  secondName: z.string(),
  ownerRole: z.string(),
  owner: z.nullable(RoleFacts),
  objects: z.array(OwnedObjects),
  /** Sequences that are given away with their tables. */
  following: z.number(),
  grants: z.array(Grant),
  defaults: z.array(Default),
  policies: z.array(Policy),
  /** Whether an earlier take-over was broken off before it ended. */
  unfinished: z.boolean(),
  /** Other databases that refer to a user, each with how often. */
  elsewhere: z.array(
    z.object({ user: z.string(), database: z.string(), owned: z.number(), named: z.number() }),
  ),
  /** Foreign servers at which a user has a mapping of its own and the owner role has none. */
  mappings: z.array(z.string()),
  /** Search path under which the user's own schema stays found; null where it is not in the path. */
  searchPath: z.nullable(z.object({ schema: z.string(), elements: z.array(z.string()) })),
  /** Search path that the user has in this database alone; null: none. */
  ownSearchPath: z.nullable(z.array(z.string())),
  /** Definitions that ask who the current user is. */
  asking: z.array(z.string()),
  /** Of the roles that are named above: those that the administrator may act as, now or by making itself a member. */
  reach: z.array(z.string()),
  /** Of the roles that a user is a member of: those that the administrator may grant. */
  grantable: z.array(z.string()),
});
export type Ownership = z.infer<typeof Ownership>;

/** What a take-over changes; `observed.takeOver` of the plan. All that its undo knows. */
export const TakeOver = z.object({
  database: z.string(),
  /** The first one is what the application uses now; the second is made like it. */
  users: z.tuple([z.string(), z.string()]),
  ownerRole: z.string(),
  /** Whether the run makes these roles. */
  makes: z.object({ owner: z.boolean(), second: z.boolean() }),
  /** Users that it makes members of the owner role. */
  joins: z.array(z.string()),
  /** What the owner role may do by itself from then on. */
  attributes: Attributes,
  /** Attributes that it had; null where it is made. */
  attributesBefore: z.nullable(Attributes),
  /** Memberships that the owner role is given. */
  memberships: z.array(Membership),
  objects: z.array(OwnedObjects),
  grants: z.array(Grant),
  /** Default privileges of the users, and those of others that name a user. */
  defaults: z.array(Default),
  policies: z.array(Policy),
  /** Users that begin as the owner role from then on. */
  acts: z.array(z.string()),
  /** Search path that the first user is given in this database, and the elements of the one that it had there; null: none. */
  searchPath: z.nullable(z.array(z.string())),
  searchPathBefore: z.nullable(z.array(z.string())),
});
export type TakeOver = z.infer<typeof TakeOver>;
