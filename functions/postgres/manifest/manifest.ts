import * as z from 'zod/mini';
import { MigrationHead } from '../migration-head.ts';

/** The version of the shape below; a manifest of another one is refused, not guessed at. */
export const MANIFEST_FORMAT = 1;

/** A sum of 64-bit hashes, in decimal: too large for a number of JavaScript. */
const Digest = z.string().check(z.regex(/^-?\d+$/));

/**
 * One column's value in a table's lowest or highest key. Only what `kind` names is written as it is; anything else (text
 * above all) is the salted SHA-256 of its text, because a key can be a person's mail address.
 */
export const KeyValue = z.object({
  kind: z.enum(['integer', 'uuid', 'timestamp', 'hash']),
  value: z.string(),
});
export type KeyValue = z.infer<typeof KeyValue>;

/** A column as the catalog prints it, so that a change of type, length or nullability shows. */
export const Column = z.object({ name: z.string(), type: z.string(), notNull: z.boolean() });
export type Column = z.infer<typeof Column>;

export const Index = z.object({
  name: z.string(),
  /** Usable by queries: valid and ready. */
  valid: z.boolean(),
  unique: z.boolean(),
  /** SHA-256 (hex) of its definition. */
  definition: z.string(),
});
export type Index = z.infer<typeof Index>;

/** What is known of the rows whose primary key falls into one hash bucket. */
export const Bucket = z.object({
  bucket: z.number(),
  count: z.number(),
  /** Sum of the key hashes; null for a table without a primary key. */
  keys: z.nullable(Digest),
  /** Sum of the row hashes; null where the bucket is not part of the sample. */
  rows: z.nullable(Digest),
});
export type Bucket = z.infer<typeof Bucket>;

/** Which rows' contents the manifest knows. */
export const Scope = z.discriminatedUnion('kind', [
  /** Every row. */
  z.object({ kind: z.literal('all') }),
  /** Counts and keys of every row, contents of the first `covered` buckets: a sample, as the hash scatters keys. */
  z.object({ kind: z.literal('buckets'), covered: z.number() }),
  /** Only rows with keys up to `low` or from `high` on; nothing about those between. */
  z.object({ kind: z.literal('edges'), low: z.array(KeyValue), high: z.array(KeyValue) }),
  /** Nothing, and why. */
  z.object({ kind: z.literal('none'), why: z.string() }),
]);
export type Scope = z.infer<typeof Scope>;

export const TableManifest = z.object({
  schema: z.string(),
  name: z.string(),
  /** PostgreSQL empties unlogged tables in crash recovery, so also when a storage snapshot is restored. */
  unlogged: z.boolean(),
  columns: z.array(Column),
  /** Primary key, in its order; empty: none. */
  key: z.array(z.string()),
  /** Null: no primary key, or no rows. */
  lowest: z.nullable(z.array(KeyValue)),
  highest: z.nullable(z.array(KeyValue)),
  rows: z.object({ count: z.number(), /** From the planner's statistics. */ estimated: z.boolean() }),
  /** Newest value (UTC) of the column that tells when a row was written; `at` is null where no row has one. */
  newest: z.nullable(z.object({ column: z.string(), at: z.nullable(z.string()) })),
  scope: Scope,
  /** Number of hash buckets, a power of two; those without rows are left out of `digests`. */
  buckets: z.number(),
  digests: z.array(Bucket),
  indexes: z.array(Index),
  /** SHA-256 (hex) of owner, table and column privileges, and row-level security policies. */
  grants: z.string(),
});
export type TableManifest = z.infer<typeof TableManifest>;

/** What surrounds the tables: of the database and of its server. */
export const Surroundings = z.object({
  extensions: z.array(z.object({ name: z.string(), version: z.string() })),
  /** `attributes` such as `login createdb`; passwords are not read. */
  roles: z.array(z.object({ name: z.string(), attributes: z.string() })),
  /** `options` such as `admin inherit set`. */
  memberships: z.array(z.object({ role: z.string(), member: z.string(), options: z.string() })),
  /** Server settings by name, as a new session gets them. */
  settings: z.record(z.string(), z.string()),
});
export type Surroundings = z.infer<typeof Surroundings>;

export const Server = z.object({
  /** As `server_version_num`: 180004 is 18.4. */
  versionNumber: z.number(),
  /** Given by initdb and kept by every physical copy; null where it may not be read. */
  systemIdentifier: z.nullable(z.string()),
  database: z.string(),
});
export type Server = z.infer<typeof Server>;

/**
 * What a database held at one instant, precisely enough to tell later whether a physical copy of it still holds it, and
 * without a row of it: counts, digests and, for integer, uuid and timestamp keys, the bounds.
 */
export const Manifest = z.object({
  format: z.literal(MANIFEST_FORMAT),
  /** The server's clock, ISO 8601. */
  takenAt: z.string(),
  server: Server,
  /** `pg_current_snapshot()` as text, `xmin:xmax:xip,…` in 64-bit transaction ids: what was committed then. */
  snapshot: z.string().check(z.regex(/^\d+:\d+:(\d+(,\d+)*)?$/)),
  migrationHead: MigrationHead,
  /** Hex; goes before hashed keys, so that they are not found in prepared lists. */
  keySalt: z.string().check(z.regex(/^[0-9a-f]+$/)),
  tables: z.array(TableManifest),
  surroundings: Surroundings,
});
export type Manifest = z.infer<typeof Manifest>;
