import pg from 'pg';
import type { KeyValue, Scope, TableManifest } from './manifest.ts';
import { quoted } from './names.ts';
import { hashOf } from './row-hash.ts';
import type { RowClass } from './visibility.ts';

/** The part of a table's description from which its statements are made. */
export type TableShape = Pick<TableManifest, 'schema' | 'name' | 'columns' | 'key' | 'buckets'>;

/** A row that is all key has two different hashes. */
const ROW_HASH = 1;
const KEY_HASH = 2;

/** SQL expression for the hash of the key of a row of `t`; there must be a key. */
function keyHash({ columns, key }: Pick<TableShape, 'columns' | 'key'>): string {
  return hashOf(
    key.flatMap((name) => columns.find((column) => column.name === name) ?? []),
    KEY_HASH,
  );
}

/** SQL expression for the bucket of a row of `t`; a table without a primary key has one bucket. */
export function bucketOf(table: Pick<TableShape, 'columns' | 'key' | 'buckets'>): string {
  return table.key.length === 0 ? '0' : `(${keyHash(table)} & ${table.buckets - 1})::int`;
}

/** In the order of their numbers within a statement: numbers are faster to group by than words. */
const CLASSES: readonly RowClass[] = ['old', 'window', 'newer', 'beyond'];

/**
 * Statement that counts and digests a table's rows per bucket and class: one row of result for each pair that there is. Sums do not
 * depend on the order of rows, and cost the server as much memory for a large table as for a small one.
 *
 * OFFSET 0 keeps the two levels apart, so that the hash of the key is computed once, and so that the planner, which knows nothing of
 * the values of the inner one, expects few groups. From the hash of a unique column it would expect as many as rows, and would
 * sort the table on disk, alone, rather than group it in memory, with parallel workers. The zero is in quotes because the planner
 * must see a constant of the right type to know that rows are not limited.
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
  const rows = hashOf(table.columns, ROW_HASH);
  const covered =
    scope.kind === 'buckets' ? `CASE WHEN ${bucketOf(table)} < ${scope.covered} THEN ${rows} END` : rows;
  const classNumber = `CASE ${classOf} ${CLASSES.map((name, place) => `WHEN '${name}' THEN ${place}`).join(' ')} END`;
  return `
    WITH measured AS MATERIALIZED (
      SELECT (coalesce(keys, 0) & ${table.buckets - 1}) * ${CLASSES.length} + class AS part,
        count(*) AS count, sum(keys) AS keys, sum(rows) AS rows, max(newest) AS newest
      FROM (
        SELECT ${table.key.length === 0 ? 'NULL::bigint' : keyHash(table)} AS keys,
          ${classNumber} AS class,
          ${covered} AS rows,
          ${newest === undefined ? 'NULL::timestamp' : `t.${pg.escapeIdentifier(newest)}`} AS newest
        FROM ONLY ${quoted(table)} AS t
        ${scope.kind === 'edges' ? `WHERE ${atEdges(table, scope)}` : ''}
        OFFSET '0'
      ) AS classified
      GROUP BY part
    )
    SELECT (part / ${CLASSES.length})::int AS bucket,
      ('{${CLASSES.join(',')}}'::text[])[part % ${CLASSES.length} + 1] AS class,
      count::text, keys::text, rows::text, (max(newest) OVER ())::text AS newest
    FROM measured
    ORDER BY part`;
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
