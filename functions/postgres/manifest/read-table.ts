import { PreconditionFailed, Transient } from '../../errors.ts';
import type { Bucket, KeyValue, Scope } from './manifest.ts';
import { printed, quoted, type TableName } from './names.ts';
import type { Connection } from './shared-snapshot.ts';
import { keyStatement, keyValues, measureStatement, type TableShape } from './table-query.ts';
import type { RowClass } from './visibility.ts';

/** What one pair of bucket and class holds now. */
export interface Measured extends Bucket {
  readonly class: RowClass;
}

/** SQL expression of a class where every row has the same. */
export const ALL_OLD = `'old'`;

/** Counts and digests a table's rows, see {@link measureStatement}. */
export async function measureTable(
  client: Connection,
  table: TableShape,
  scope: Scope,
  classOf: string,
  newest: string | undefined,
): Promise<{ measured: Measured[]; newest: string | null }> {
  const { rows } = await client.query<{
    bucket: number;
    class: RowClass;
    count: string;
    keys: string | null;
    rows: string | null;
    newest: string | null;
  }>(measureStatement(table, scope, classOf, newest));
  return {
    measured: rows.map(({ newest: _, ...row }) => ({ ...row, count: Number(row.count) })),
    newest: rows[0]?.newest ?? null,
  };
}

/** The key at a place in the order of a table's keys; null where there is none. */
export async function readKey(
  client: Connection,
  table: TableShape,
  from: 'lowest' | 'highest',
  place: number,
  salt: string,
): Promise<KeyValue[] | null> {
  if (table.key.length === 0) return null;
  const { rows } = await client.query<Record<string, string>>(keyStatement(table, from, place, salt));
  return keyValues(table, rows[0]);
}

/**
 * Makes sure that a table, which the transaction has read and so locked, is still in the file that its snapshot knew. TRUNCATE and
 * the rewrites of ALTER TABLE are not transactional for those who look with an older snapshot: the table looks empty.
 *
 * @see https://www.postgresql.org/docs/current/mvcc-caveats.html
 */
export async function confirmSameFile(client: Connection, table: TableName, fileNode: string): Promise<void> {
  const { rows } = await client.query<{ node: string | null }>(
    'SELECT pg_relation_filenode(to_regclass($1))::text AS node',
    [quoted(table)],
  );
  if (rows[0]?.node !== fileNode) throw rewritten(table);
}

function rewritten(table: TableName): Transient {
  return new Transient(
    `The table ${printed(table)} was truncated or rewritten while it was being read. Nothing was changed; it is tried again.`,
    { table: printed(table) },
  );
}

/** SQLSTATEs by which the server says that what is on its disk cannot be right. */
const DAMAGED = /^(XX|58)/;

/** Whether an error says that stored data are damaged: a finding about a restore, not a failure to look. */
export function isDamage(error: unknown): boolean {
  return DAMAGED.test(sqlState(error));
}

/** The five characters that name a PostgreSQL error, or nothing. */
export function sqlState(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

/**
 * What an error while reading a table means to the operator. The server's own words are left out: they can quote values.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function tableError(error: unknown, table: TableName | undefined): unknown {
  // Sizes and definitions of all tables are read at once, and that can wait for a lock as well.
  const name = table === undefined ? '(one of all)' : printed(table);
  const facts = { table: name, sqlState: sqlState(error) };
  switch (sqlState(error)) {
    case '42P01':
    case '42703':
    case '3F000':
      return new Transient(
        `The table ${name} was dropped or altered while it was being read. Nothing was changed; it is tried again.`,
        facts,
      );
    case '42883':
      // A column has another type by now, which the hash function for the old one does not take.
      return table === undefined ? error : rewritten(table);
    case '55P03':
      return new Transient(
        `The table ${name} is locked by another session (DDL?). Nothing was changed; it is tried again.`,
        facts,
      );
    case '40001':
    case '57P01':
    case '53300':
      return new Transient(
        `The server ended the reading of the table ${name}. Nothing was changed; it is tried again.`,
        facts,
      );
    case '57014':
      return new PreconditionFailed(
        `The table ${name} could not be read within the statement's time. Nothing was changed. Allow more time, or do not declare it critical.`,
        facts,
      );
    case '42501':
      return new PreconditionFailed(
        `The role may not read all rows of the table ${name}. Nothing was changed. Grant it pg_read_all_data, and BYPASSRLS where the table has row-level security.`,
        facts,
      );
    default:
      return error;
  }
}
