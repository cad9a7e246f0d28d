import type { Column, Index } from './manifest.ts';
import { tableError } from './read-table.ts';
import type { Connection } from './shared-snapshot.ts';

/** A table as the catalog describes it. */
export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  /** Partitioned tables that it is a part of. */
  readonly ancestors: readonly { schema: string; name: string }[];
  readonly unlogged: boolean;
  /** Of the table and what it stores out of line, without indexes. */
  readonly bytes: number;
  /** The planner's; negative where the table was never analyzed. */
  readonly estimatedRows: number;
  /** Names its file; a truncation or a rewrite gives it another. */
  readonly fileNode: string;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly indexes: readonly Index[];
  readonly grants: string;
  /** Columns with which an index begins: their highest value is found at once. */
  readonly indexed: readonly string[];
}

const SHA256 = (text: string) => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;

/**
 * Ordinary tables and the leaves of partitioned ones (relkind r) outside the system's schemas. Foreign tables hold no rows of this
 * server, and materialized views none of their own.
 */
const TABLES = `
  SELECT n.nspname AS schema, c.relname AS name, c.relpersistence = 'u' AS unlogged,
    coalesce(pg_table_size(c.oid), 0)::text AS bytes, c.reltuples::float8 AS "estimatedRows",
    c.relfilenode::text AS "fileNode",
    (SELECT coalesce(json_agg(json_build_object('schema', an.nspname, 'name', ac.relname)), '[]')
      FROM pg_partition_ancestors(c.oid) AS ancestor
      JOIN pg_class ac ON ac.oid = ancestor
      JOIN pg_namespace an ON an.oid = ac.relnamespace
      WHERE ac.oid <> c.oid) AS ancestors,
    (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'notNull', a.attnotnull) ORDER BY a.attnum), '[]')
      FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT coalesce(json_agg(a.attname ORDER BY k.place), '[]')
      FROM pg_index i
      CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
      WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts) AS key,
    (SELECT coalesce(json_agg(json_build_object('name', ic.relname, 'valid', i.indisvalid AND i.indisready,
        'unique', i.indisunique, 'definition', ${SHA256("coalesce(pg_get_indexdef(ic.oid), '')")}) ORDER BY ic.relname), '[]')
      FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
      WHERE i.indrelid = c.oid) AS indexes,
    (SELECT coalesce(json_agg(a.attname), '[]')
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL) AS indexed,
    ${SHA256(`concat_ws(E'\\n',
      pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity,
      (SELECT string_agg(acl::text, ',' ORDER BY acl::text COLLATE "C") FROM unnest(c.relacl) AS acl),
      (SELECT string_agg(a.attname || ' ' || acl::text, ',' ORDER BY a.attnum, acl::text COLLATE "C")
        FROM pg_attribute a CROSS JOIN unnest(a.attacl) AS acl WHERE a.attrelid = c.oid),
      (SELECT string_agg(concat_ws(' ', p.polname, p.polcmd, p.polpermissive,
          ARRAY(SELECT pg_get_userbyid(role) FROM unnest(p.polroles) AS role)::text,
          pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)), ',' ORDER BY p.polname)
        FROM pg_policy p WHERE p.polrelid = c.oid))`)} AS grants
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r'
    AND n.nspname <> 'information_schema'
    AND n.nspname !~ '^pg_'
    AND NOT n.nspname = ANY ($1::text[])
  ORDER BY n.nspname, c.relname`;

/** Every table of the user's schemas. */
export async function readTables(
  client: Connection,
  excludedSchemas: readonly string[],
): Promise<CatalogTable[]> {
  const { rows } = await client
    .query<Omit<CatalogTable, 'bytes'> & { bytes: string }>(TABLES, [excludedSchemas])
    .catch((error) => {
      throw tableError(error, undefined);
    });
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}
