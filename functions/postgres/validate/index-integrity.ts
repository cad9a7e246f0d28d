import pg from 'pg';
import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { check, counted, failure, judged, listed, notChecked, stateOf } from './check.ts';
import { parseRelation, quoted } from './relation-name.ts';
import { findRelation } from './relations.ts';

/** How thorough the check of the indexes is. */
export interface IntegrityOptions {
  /** Also look every row up in its indexes: reads the whole table, once for each index. False when not given. */
  readonly heapAllIndexed?: boolean | undefined;
}

/** SQLSTATEs by which amcheck says that an index does not hold what it should. */
const CORRUPT = new Set(['XX001', 'XX002']);

/** Where amcheck was installed, and whether we may use it. Its functions are nobody's but their owner's at first. */
const AMCHECK = `
  SELECT n.nspname AS schema,
         pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS allowed
  FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid
  WHERE e.extname = 'amcheck'
    AND p.proname = 'bt_index_check'
    AND pg_catalog.pg_get_function_identity_arguments(p.oid) = 'index regclass, heapallindexed boolean'`;

/** The indexes of a table and of its partitions; those of a partitioned table itself hold nothing. */
const INDEXES = `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, m.amname = 'btree' AS btree,
         x.indisvalid AND x.indisready AS valid
  FROM (SELECT $1::oid AS oid UNION SELECT relid FROM pg_catalog.pg_partition_tree($1::oid::regclass)) t
    JOIN pg_catalog.pg_index x ON x.indrelid = t.oid
    JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid AND c.relkind = 'i'
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_am m ON m.oid = c.relam
  ORDER BY 2`;

/**
 * Checks the B-tree indexes of tables with `amcheck`, one check a table: their order and structure, which a restore under
 * another version of the collations can silently break. Takes no lock that blocks reads or writes.
 *
 * @param tables names as `schema.table`
 * @see https://www.postgresql.org/docs/current/amcheck.html
 */
export async function checkIndexIntegrity(
  session: Session,
  tables: readonly string[],
  { heapAllIndexed = false }: IntegrityOptions = {},
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const table of tables) {
    const name = `index integrity of ${table}`;
    checks.push(await judged(name, () => checkTable(session, name, table, heapAllIndexed)));
  }
  return checks;
}

async function checkTable(
  session: Session,
  name: string,
  table: string,
  heapAllIndexed: boolean,
): Promise<Check> {
  const { rows } = await session.query<{ schema: string; allowed: boolean }>(AMCHECK);
  const [amcheck] = rows;
  if (amcheck === undefined)
    return notChecked(
      name,
      'the extension amcheck is not installed: run CREATE EXTENSION amcheck in this database as a member of rds_superuser',
    );
  const run = `${pg.escapeIdentifier(amcheck.schema)}.bt_index_check`;
  if (!amcheck.allowed)
    return notChecked(
      name,
      `this user may not use amcheck: grant it EXECUTE on ${run}(regclass, boolean), and USAGE on its schema`,
    );
  const relation = await findRelation(session, parseRelation(table));
  if (relation === undefined) return notChecked(name, `there is no table ${quoted(parseRelation(table))}`);
  const indexes = await session.query<IndexRow>(INDEXES, [relation.oid]);
  const result: IntegrityResult = { intact: [], corrupt: [], unknown: [], others: 0 };
  for (const index of indexes.rows) {
    if (!index.btree) result.others += 1;
    else if (!index.valid) result.unknown.push(`${index.name} (it is invalid)`);
    else
      try {
        await session.query(`SELECT ${run}($1::oid::regclass, $2)`, [index.oid, heapAllIndexed]);
        result.intact.push(index.name);
      } catch (error) {
        if (CORRUPT.has(stateOf(error) ?? '')) result.corrupt.push(`${index.name} (${stateOf(error)})`);
        else result.unknown.push(`${index.name} (${failure(error)})`);
      }
  }
  return judgeIntegrity(name, result, heapAllIndexed);
}

interface IndexRow {
  oid: number;
  name: string;
  btree: boolean;
  valid: boolean;
}

/** What was found in a table's indexes, by name. */
export interface IntegrityResult {
  readonly intact: string[];
  readonly corrupt: string[];
  /** Those that could not be checked, with why. */
  readonly unknown: string[];
  /** Number of indexes that are no B-trees. */
  others: number;
}

/** Judges a table's indexes together: all must have been checked and be intact. */
export function judgeIntegrity(name: string, result: IntegrityResult, heapAllIndexed: boolean): Check {
  const { intact, corrupt, unknown, others } = result;
  if (intact.length + corrupt.length + unknown.length === 0)
    return notChecked(name, 'it has no B-tree index: take it off the list of critical tables');
  const measured = [
    ...(corrupt.length === 0
      ? []
      : [`CORRUPT: ${listed(corrupt)}; find the cause, then rebuild with REINDEX INDEX CONCURRENTLY`]),
    ...(unknown.length === 0 ? [] : [`NOT CHECKED: ${listed(unknown)}`]),
    `${counted(intact.length, 'B-tree index', 'B-tree indexes')} intact${heapAllIndexed ? ', rows compared' : ''}`,
    ...(others === 0 ? [] : [`${others} of other kinds, which amcheck is not asked about`]),
  ].join('; ');
  return check(name, corrupt.length === 0 && unknown.length === 0, measured);
}
