import pg from 'pg';
import type { Column } from './manifest.ts';

type HashOfValue = (value: string, seed: number) => string;

/**
 * How a value of a type is hashed: by functions of PostgreSQL's own hash partitioning where these tell every two values apart
 * that have different text, otherwise by that text: the hash of numeric knows neither sign nor scale, nor does jsonb's.
 */
const HASH_OF_TYPE: ReadonlyMap<string, HashOfValue> = new Map<string, HashOfValue>([
  ['smallint', (value, seed) => `hashint2extended(${value}, ${seed})`],
  ['integer', (value, seed) => `hashint4extended(${value}, ${seed})`],
  // It folds a bigint to 32 bits before it hashes them; the value itself brings the others back.
  ['bigint', (value, seed) => `(hashint8extended(${value}, ${seed}) # ${value})`],
  ['uuid', (value, seed) => `uuid_hash_extended(${value}, ${seed})`],
  ['text', hashOfText],
  ['character varying', hashOfText],
  ['numeric', (value, seed) => hashOfText(`${value}::text`, seed)],
  ['jsonb', (value, seed) => hashOfText(`${value}::text`, seed)],
  ['json', (value, seed) => hashOfText(`${value}::text`, seed)],
]);

/**
 * Types whose function has another name before version 18, or none, but is always found through a record. Of a time it knows 32
 * bits: of four thousand million wrong times, one would not be seen.
 */
const HASHED_IN_RECORD: ReadonlySet<string> = new Set([
  'timestamp with time zone',
  'timestamp without time zone',
  'date',
  'boolean',
  'bytea',
]);

/** Seeds of one hash are this far apart from those of another: each column has one of its own. */
const SEEDS = 10_000;

/**
 * SQL expression for a 64-bit hash of columns of a row of `t`, null ones included; never null unless a column that must not be null
 * is. It is the same on every server of a major version and byte order. It is fast and finds accidents; it is not made to
 * withstand a forger.
 *
 * The text of a whole row would do, but takes the server four times as long to make: so each column is hashed as it is stored,
 * where that loses nothing. The column's seed keeps equal values in two columns apart; the last hash mixes, so that two
 * rows that have exchanged a value do not have the same sum as before.
 *
 * @param which hashes of one row with different numbers are unrelated
 * @see https://www.postgresql.org/docs/current/sql-createtable.html about hash partitioning
 */
export function hashOf(columns: readonly Column[], which: number): string {
  const value = ({ name }: Column) => `t.${pg.escapeIdentifier(name)}`;
  const record = (some: readonly Column[]) => `ROW(${some.map(value).join(', ')})`;
  const inRecord = columns.filter(({ type }) => HASHED_IN_RECORD.has(baseType(type)));
  const others = columns.filter(
    (column) => !HASH_OF_TYPE.has(baseType(column.type)) && !inRecord.includes(column),
  );
  const seed = (place: number) => which * SEEDS + place;
  const hashes = columns.flatMap((column, place) => {
    const hash = HASH_OF_TYPE.get(baseType(column.type))?.(value(column), seed(place));
    if (hash === undefined) return [];
    return column.notNull ? hash : `coalesce(${hash}, ${seed(place)})`;
  });
  if (inRecord.length > 0) hashes.push(`hash_record_extended(${record(inRecord)}, ${seed(columns.length)})`);
  // The text of a record of all other columns; of none, where a table has no columns.
  if (others.length > 0 || hashes.length === 0)
    hashes.push(hashOfText(`${record(others)}::text`, seed(columns.length + 1)));
  const together = hashes.join(' # ');
  return columns.length > 1 ? hashOfText(`''`, `(${together})`) : together;
}

function hashOfText(text: string, seed: number | string): string {
  return `hashtextextended(${text} COLLATE "C", ${seed})`;
}

/** `numeric(10,2)` is a numeric, `timestamp(3) with time zone` a timestamp with time zone; an array is what it is. */
function baseType(type: string): string {
  return type.replace(/\(\d+(,-?\d+)?\)/, '');
}
