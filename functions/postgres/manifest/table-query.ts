import pg from 'pg';
import type { KeyValue, Scope, TableManifest } from './manifest.ts';
import { quoted } from './names.ts';

/** The part of a table's description from which its statements are made. */
export type TableShape = Pick<TableManifest, 'schema' | 'name' | 'columns' | 'key' | 'buckets'>;

/** Seeds, so that a row that is all key has two different hashes. */
const ROW_SEED = 1;
const KEY_SEED = 2;

/**
 * A 64-bit hash of the columns' text. hashtextextended is the hash of PostgreSQL's own hash partitioning: the same on every server
 * of a major version and byte order. It is fast and finds accidents; it is not made to withstand a forger.
 */
function hashOf(columns: readonly string[], seed: number): string {
  const row = `ROW(${columns.map((column) => `t.${pg.escapeIdentifier(column)}`).join(', ')})`;
  return `hashtextextended(${row}::text COLLATE "C", ${seed})`;
}

/** SQL expression for the bucket of a row of `t`; a table without a primary key has one bucket. */
export function bucketOf({ key, buckets }: Pick<TableShape, 'key' | 'buckets'>): string {
  return key.length === 0 ? '0' : `(${hashOf(key, KEY_SEED)} & ${buckets - 1})::int`;
}

/**
 * Statement that counts and digests a table's rows per bucket and class: one row of result for each pair that there is. Sums do not
 * depend on the order of rows, and cost the server as much memory for a large table as for a small one.
 *
 * @param classOf SQL expression for a row's class
 * @param newest column whose highest value is wanted
 */
export function measureStatement(
  table: TableShape,
  scope: Scope,
  classOf: string,
  newest: string | undefined,
): string {
  const rows = hashOf(
    table.columns.map(({ name }) => name),
    ROW_SEED,
  );
  const covered =
    scope.kind === 'buckets' ? `CASE WHEN ${bucketOf(table)} < ${scope.covered} THEN ${rows} END` : rows;
  return `
    WITH measured AS MATERIALIZED (
      SELECT bucket, class, count(*) AS count, sum(keys) AS keys, sum(rows) AS rows, max(newest) AS newest
      FROM (
        SELECT ${bucketOf(table)} AS bucket,
          ${classOf} AS class,
          ${table.key.length === 0 ? 'NULL::bigint' : hashOf(table.key, KEY_SEED)} AS keys,
          ${covered} AS rows,
          ${newest === undefined ? 'NULL::timestamp' : `t.${pg.escapeIdentifier(newest)}`} AS newest
        FROM ONLY ${quoted(table)} AS t
        ${scope.kind === 'edges' ? `WHERE ${atEdges(table, scope)}` : ''}
      ) AS classified
      GROUP BY bucket, class
    )
    SELECT bucket, class, count::text, keys::text, rows::text, (max(newest) OVER ())::text AS newest
    FROM measured
    ORDER BY bucket`;
}

function atEdges(table: TableShape, { low, high }: Scope & { kind: 'edges' }): string {
  return `${comparedKey(table, '<=', low)} OR ${comparedKey(table, '>=', high)}`;
}

/** SQL condition that compares a row's key with one whose values are all known in clear. */
export function comparedKey(
  table: TableShape,
  operator: '<=' | '>=' | '>',
  than: readonly KeyValue[],
): string {
  const left = table.key.map((column) => `t.${pg.escapeIdentifier(column)}`);
  const right = than.map(
    ({ value }, place) => `${pg.escapeLiteral(value)}::${typeOf(table, table.key[place])}`,
  );
  return `ROW(${left.join(', ')}) ${operator} ROW(${right.join(', ')})`;
}

/** Whether a key can be compared with: that it is there and that nothing of it is hashed. */
export function isInClear(key: readonly KeyValue[] | null): key is readonly KeyValue[] {
  return key?.every(({ kind }) => kind !== 'hash') ?? false;
}

/**
 * Statement for the key at a place in the key's order, one column of result (`k0`, `k1`, …) per column of the key. Values that
 * must not be known in clear leave the server hashed.
 *
 * @param from which end is counted from
 * @param place 0 is the lowest or highest key
 * @param salt hexadecimal
 */
export function keyStatement(
  table: TableShape,
  from: 'lowest' | 'highest',
  place: number,
  salt: string,
): string {
  const values = table.key.map((column, index) => {
    const text = `t.${pg.escapeIdentifier(column)}::text`;
    return keyKind(typeOf(table, column)) === 'hash'
      ? `encode(sha256(convert_to('${salt}' || ${text}, 'UTF8')), 'hex') AS k${index}`
      : `${text} AS k${index}`;
  });
  const order = table.key
    .map((column) => `t.${pg.escapeIdentifier(column)} ${from === 'lowest' ? 'ASC' : 'DESC'}`)
    .join(', ');
  return `SELECT ${values.join(', ')} FROM ONLY ${quoted(table)} AS t ORDER BY ${order} OFFSET ${place} LIMIT 1`;
}

/** The key of a result row of {@link keyStatement}; null where there was none. */
export function keyValues(
  table: TableShape,
  row: Readonly<Record<string, string>> | undefined,
): KeyValue[] | null {
  if (row === undefined) return null;
  return table.key.map((column, index) => ({
    kind: keyKind(typeOf(table, column)),
    value: row[`k${index}`] ?? '',
  }));
}

/** What a key column of a type (as `format_type` prints it) may show of itself. */
export function keyKind(type: string): KeyValue['kind'] {
  if (/^(smallint|integer|bigint)$/.test(type)) return 'integer';
  if (type === 'uuid') return 'uuid';
  return /^(timestamp|date$)/.test(type) ? 'timestamp' : 'hash';
}

function typeOf(table: TableShape, column: string | undefined): string {
  return table.columns.find(({ name }) => name === column)?.type ?? 'text';
}
