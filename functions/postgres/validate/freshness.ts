import pg from 'pg';
import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { check, judged, notChecked } from './check.ts';
import { parseColumn, parseRelation, quoted } from './relation-name.ts';
import { findRelation } from './relations.ts';

/** How new a table's newest row must be. */
export interface FreshnessExpectation {
  /** Name as `schema.table`. */
  readonly table: string;
  /** A `timestamptz`, `timestamp` or `date`; without a time zone, UTC is meant. It should have an index. */
  readonly column: string;
  /** Oldest acceptable age of the newest row, in seconds. */
  readonly limitSeconds: number;
}

/** Rows that are newer than now by more than this say nothing about when the last one was written. Seconds. */
const CLOCK_TOLERANCE_SECONDS = 300;

/** The type of a column, that of its domain included, by PostgreSQL's own names. */
const COLUMN_TYPE = `
  SELECT format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) AS type
  FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = $1
    AND a.attname = $2
    AND a.attnum > 0
    AND NOT a.attisdropped`;

/** The newest value as a point in time, by the column's type. */
const NEWEST: Readonly<Record<string, (column: string) => string>> = {
  'timestamp with time zone': (column) => `max(${column})`,
  'timestamp without time zone': (column) => `max(${column}) AT TIME ZONE 'UTC'`,
  date: (column) => `max(${column})::timestamp AT TIME ZONE 'UTC'`,
};

/**
 * Whether a table's newest row is new enough (P-33). Only its age is shown.
 *
 * @param asOf the time to measure from, such as that of the snapshot; now by the database's clock when not given
 */
export function checkFreshness(
  session: Session,
  { table, column, limitSeconds }: FreshnessExpectation,
  asOf?: Date,
): Promise<Check> {
  const name = `freshness of ${table}`;
  return judged(name, async () => {
    const relation = await findRelation(session, parseRelation(table));
    if (relation === undefined) return notChecked(name, `there is no table ${quoted(parseRelation(table))}`);
    const columnName = parseColumn(column);
    const types = await session.query<{ type: string }>(COLUMN_TYPE, [relation.oid, columnName]);
    const newest = NEWEST[types.rows[0]?.type ?? ''];
    const identifier = pg.escapeIdentifier(columnName);
    if (newest === undefined) return notChecked(name, `its column ${identifier} is missing or holds no time`);
    const { rows } = await session.query<{ age: number | null }>(
      `SELECT extract(epoch FROM coalesce($1::timestamptz, clock_timestamp()) - ${newest(identifier)})::float8 AS age
       FROM ${quoted(parseRelation(table))}
       WHERE isfinite(${identifier})`,
      [asOf?.toISOString() ?? null],
    );
    return judgeFreshness(name, rows[0]?.age ?? undefined, limitSeconds);
  });
}

/**
 * Judges the age of the newest row.
 *
 * @param ageSeconds undefined when there is no row with a time
 */
export function judgeFreshness(name: string, ageSeconds: number | undefined, limitSeconds: number): Check {
  if (ageSeconds === undefined) return check(name, false, `has no row with a time, limit ${limitSeconds} s`);
  const age = Math.round(ageSeconds);
  if (age < -CLOCK_TOLERANCE_SECONDS)
    return check(name, false, `newest row is ${-age} s in the future, which proves nothing`);
  return check(
    name,
    ageSeconds <= limitSeconds,
    `newest row is ${Math.max(0, age)} s old, limit ${limitSeconds} s`,
  );
}
