import * as z from 'zod/mini';
import { DatabaseConnection } from './database-connection.ts';

/** How a generated password must look, so that whoever uses it can bear it. */
export const PasswordRules = z.object({
  length: z.number(),
  /** Characters that the consumer cannot bear. */
  excludedCharacters: z.string(),
  /** Only characters that stand in a URL as they are: letters, digits, `-`, `.`, `_` and `~`. */
  urlSafe: z.boolean(),
});
export type PasswordRules = z.infer<typeof PasswordRules>;

const database = {
  /** Where both users log in. A secret cannot redirect us: host, port and dbname in it are ignored. */
  database: DatabaseConnection,
  /** Secret of the master user, or of one that may administer the roles. */
  adminSecretArn: z.optional(z.string()),
  password: PasswordRules,
};

/** How a secret is rotated; `kind` names the keeper that does it. */
export const Rotation = z.discriminatedUnion('kind', [
  /** Two login roles that act through one NOLOGIN owner role, and take turns. */
  z.object({
    kind: z.literal('postgresql-alternating-users'),
    ...database,
    /** Both login roles. */
    users: z.tuple([z.string(), z.string()]),
    ownerRole: z.string(),
  }),
  /** One login role, whose password is changed in place. */
  z.object({
    kind: z.literal('postgresql-single-user'),
    ...database,
    user: z.string(),
  }),
  /** Keys that sign and verify JSON web tokens. */
  z.object({
    kind: z.literal('signing-key'),
    algorithm: z.enum(['HS256', 'HS512', 'RS256', 'ES256', 'EdDSA']),
    /** Life of the longest token that is issued under a key. */
    longestTokenSeconds: z.number(),
    /** From a key's publication until it signs: so long consumers have to load it. */
    publishedAheadSeconds: z.number(),
    /** How far the clocks of consumers may be apart. */
    clockSkewSeconds: z.number(),
    /** Claims of the token that proves adoption. */
    claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  /** AUTH token of an ElastiCache replication group. */
  z.object({
    kind: z.literal('redis-auth'),
    cache: z.object({
      name: z.string(),
      replicationGroup: z.string(),
      host: z.string(),
      port: z.coerce.number(),
    }),
    password: PasswordRules,
  }),
  /** A value that somebody else issues: an operator stages it, a probe proves it. */
  z.object({
    kind: z.literal('external-key'),
    probe: z.object({
      url: z.string(),
      method: z.enum(['GET', 'POST']),
      /** Header → text in which `{value}` stands for the secret's value, `{value.field}` for one of its fields. */
      headers: z.record(z.string(), z.string()),
      /** Statuses that say that the value is good. */
      statuses: z.array(z.number()),
    }),
  }),
  /** A value that the team decides on, such as an admin allow list. */
  z.object({
    kind: z.literal('policy-value'),
    /** JSON Schema that it must satisfy. */
    schema: z.record(z.string(), z.unknown()),
  }),
]);
export type Rotation = z.infer<typeof Rotation>;
export type RotationKind = Rotation['kind'];
export type RotationOf<Kind extends RotationKind> = Extract<Rotation, { kind: Kind }>;

/** A secret that runbooks rotate: names resolved, defaults filled in. Stored in SSM, one parameter a secret. */
export const SecretTarget = z.object({
  kind: z.literal('secret'),
  name: z.string(),
  /** ARN with the six random characters. */
  secretArn: z.string(),
  rotation: z.optional(Rotation),
  /** Names of the declared services whose tasks are given it when they start. */
  consumers: z.array(z.string()),
  /** Secrets that are rotated before it when several are. */
  after: z.array(z.string()),
  /** Groups that it belongs to, for `rotate-compromised`. */
  tags: z.array(z.string()),
  /** From one rotation to when the next is due; absent: it is rotated by hand alone. */
  rotateEveryDays: z.optional(z.number()),
  /** So long the old value stays good after the new one was proved. */
  overlapSeconds: z.number(),
  /** Asked of every consumer once it runs with the new value (HTTP GET). */
  adoption: z.optional(
    z.object({
      path: z.string(),
      statuses: z.array(z.number()),
      /** Header that carries the token of a signing key, and what stands before it. */
      tokenHeader: z.string(),
      tokenPrefix: z.string(),
    }),
  ),
  alarms: z._default(z.array(z.string()), []),
  observeSeconds: z._default(z.number(), 0),
});
export type SecretTarget = z.infer<typeof SecretTarget>;
/** A secret that is rotated in one way. */
export type SecretOf<Kind extends RotationKind> = SecretTarget & { readonly rotation: RotationOf<Kind> };

/** All declared secrets that can be rotated, for runbooks that rotate several at once. Stored in SSM as `secrets/all`. */
export const SecretsTarget = z.object({
  kind: z.literal('secrets'),
  name: z.string(),
  secrets: z.array(
    z.object({
      name: z.string(),
      tags: z.array(z.string()),
      after: z.array(z.string()),
      consumers: z.array(z.string()),
    }),
  ),
  alarms: z._default(z.array(z.string()), []),
  observeSeconds: z._default(z.number(), 0),
});
export type SecretsTarget = z.infer<typeof SecretsTarget>;
