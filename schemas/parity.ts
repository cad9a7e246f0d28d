import * as z from 'zod/mini';

/** How a service is compared with itself in other environments (P-13). */
export const ParityPolicy = z.object({
  /** By which it is known in all environments, and under which its fingerprints lie. */
  name: z.string(),
  /** Other environment → where the fingerprints of its deployment lie. */
  with: z.record(z.string(), z.object({ bucket: z.string(), maxAgeSeconds: z.number() })),
  /** What may differ: `environment.DATABASE_HOST`; `*` stands for anything. */
  differences: z.array(z.string()),
  /** Secret with the key of the hashes; without it values are not compared. */
  keySecretArn: z.optional(z.string()),
});
export type ParityPolicy = z.infer<typeof ParityPolicy>;

/** One thing about a service, as far as it may be known elsewhere. */
export const Fact = z.discriminatedUnion('kind', [
  /** May be read by anybody: a size, the name of a repository. */
  z.object({ kind: z.literal('shown'), value: z.string() }),
  /** A keyed hash of its name and its value: tells whether two are the same, and nothing else. */
  z.object({ kind: z.literal('keyed'), hash: z.string() }),
  z.object({ kind: z.literal('unknown'), why: z.string() }),
]);
export type Fact = z.infer<typeof Fact>;

/** What a reader of another version must not take for its own. */
export const FINGERPRINT_FORMAT = 1;

/** What there is to know of a service for comparing it with another environment's. It holds no value of a variable, and nothing of a secret's. */
export const Fingerprint = z.object({
  format: z.literal(FINGERPRINT_FORMAT),
  deployment: z.string(),
  environment: z.string(),
  service: z.string(),
  /** When it was taken (ISO 8601). */
  at: z.string(),
  /** `api:42`. */
  taskDefinition: z.string(),
  /** Tells keys apart, and nothing of them; null where there is none. */
  key: z.nullable(z.string()),
  /** `cpu`, `environment.PORT`, `secret.DATABASE_PASSWORD`, … with the container's name before it where there are several. */
  facts: z.record(z.string(), Fact),
});
export type Fingerprint = z.infer<typeof Fingerprint>;
