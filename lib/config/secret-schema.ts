import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { z } from 'zod';
import { count, name, object, path, text } from './names.ts';

/** PostgreSQL cuts longer names off without a word. */
const LONGEST_ROLE_BYTES = 63;
const role = z
  .string()
  .min(1)
  .refine(
    (value) => Buffer.byteLength(value) <= LONGEST_ROLE_BYTES,
    `must be at most ${LONGEST_ROLE_BYTES} bytes: PostgreSQL cuts off the rest`,
  )
  .refine((value) => !/^pg_/i.test(value), 'must not begin with pg_, which PostgreSQL keeps for itself');

/** What the consumer of a generated password can bear. */
const password = z
  .strictObject({
    length: z.number().int().min(16).max(128).default(40),
    /** Characters that it never has; AWS's own default leaves out what breaks URLs and shells. */
    excludedCharacters: z.string().max(64).default('/@"\'\\'),
    /** Only characters that stand in a URL as they are. */
    urlSafe: z.boolean().default(false),
  })
  .prefault({});

const inDatabase = {
  /** Declared database that the role logs in to. */
  database: name,
  /** Secret of whoever may administer roles; the database's `masterSecret` when not given. */
  adminSecret: name.optional(),
  password,
};

const Rotation = z.discriminatedUnion('kind', [
  /** Two login roles that act through one owner role and take turns: nobody is ever refused (P-40). */
  z.strictObject({
    kind: z.literal('postgresql-alternating-users'),
    ...inDatabase,
    /** The login role that is there. */
    user: role,
    /** The one that takes turns with it; `<user>_clone` when not given, as AWS calls it. */
    otherUser: role.optional(),
    /** Role without login that owns everything; `<user>_owner` when not given. */
    ownerRole: role.optional(),
  }),
  /** One login role whose password is changed in place (P-40): consumers cannot reconnect for a moment. */
  z.strictObject({ kind: z.literal('postgresql-single-user'), ...inDatabase, user: role }),
  /** Keys of JSON web tokens (P-41). */
  z.strictObject({
    kind: z.literal('signing-key'),
    algorithm: z.enum(['HS256', 'HS512', 'RS256', 'ES256', 'EdDSA']),
    /** Life of the longest token that is issued. */
    longestTokenMinutes: z.number().positive(),
    /** From a key's publication until it signs; in that time every consumer must have been redeployed. */
    publishedAheadMinutes: z.number().positive().default(30),
    /** How far the clocks of consumers may be apart. */
    clockSkewSeconds: z.number().min(0).max(600).default(60),
    /** Claims of the token that is tried on consumers. */
    claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  }),
  /** AUTH token of a declared cache (P-42). */
  z.strictObject({ kind: z.literal('redis-auth'), cache: name, password }),
  /** A third party's key, which an operator stages (P-43). */
  z.strictObject({
    kind: z.literal('external-key'),
    /** Request that only a good key is answered well; `{value}` in a header stands for the key, `{value.field}` for a field of it. */
    probe: z.strictObject({
      url: z.url({ protocol: /^https?$/, error: 'must be a URL such as https://sentry.io/api/0/' }),
      method: z.enum(['GET', 'POST']).default('GET'),
      headers: z.record(z.string(), z.string()),
      statuses: z.array(z.number().int().min(100).max(599)).min(1).default([200]),
    }),
  }),
  /** A value that the team decides on, such as an admin allow list (P-44). */
  z.strictObject({
    kind: z.literal('policy-value'),
    /** JSON Schema that it must satisfy. */
    schema: z.record(z.string(), z.unknown()),
  }),
]);

/** A secret as a team declares it. */
export const SecretSchema = z.strictObject({
  /** Secrets Manager secret, by ARN or as the CDK object. */
  secret: z.union([
    z.string().startsWith('arn:', 'must be an ARN: a name alone does not give a permission'),
    object<ISecret>('secretArn', 'an ARN or an ISecret'),
  ]),
  /** Customer-managed key that encrypts it, by ARN. */
  keyArn: z.string().startsWith('arn:').optional(),
  /** How it is rotated; without it Nightshift only reads it. */
  rotation: Rotation.optional(),
  /** When the next rotation is due; an alarm goes off when it is overdue (P-45). A schedule is what starts it. */
  rotateEveryDays: count.max(3650).optional(),
  /** So long the old value stays good after every consumer was seen to use the new one. */
  overlapMinutes: z.number().min(0).max(43_200).default(1440),
  /** Secrets that come before it where several are rotated. */
  after: z.array(name).default([]),
  /** Groups that it belongs to: `rotate-compromised` takes one. */
  tags: z.array(text).default([]),
  /** Asked (GET) of every consumer that runs with the new value. */
  adoption: z
    .strictObject({
      path,
      statuses: z.array(z.number().int().min(100).max(599)).min(1).default([200]),
      /** Header for the token of a signing key, and what stands before it. */
      tokenHeader: text.default('authorization'),
      tokenPrefix: z.string().default('Bearer '),
    })
    .optional(),
  environment: name.optional(),
});
