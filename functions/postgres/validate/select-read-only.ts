import type pg from 'pg';
import type { Session } from '../session.ts';

/** Ends a transaction without leaving anything behind. */
export const ROLLBACK = 'ROLLBACK';

/**
 * Runs a statement that others wrote, in a READ ONLY transaction that is always rolled back. PostgreSQL itself sees to it that
 * it is a single SELECT: it is the query of a cursor, which takes nothing else (no write in a WITH either), and goes by the
 * extended protocol, which takes one statement. Never more than `rows` rows are fetched.
 *
 * A read-only transaction does not hold back functions that act outside of it, such as `pg_terminate_backend`, `dblink` or
 * session-level advisory locks: what the role may call is for its privileges to say.
 *
 * @see https://www.postgresql.org/docs/current/sql-declare.html
 * @see https://www.postgresql.org/docs/current/sql-set-transaction.html
 */
export async function selectReadOnly(
  session: Session,
  statement: string,
  rows: number,
): Promise<pg.QueryResult> {
  await session.query('BEGIN TRANSACTION READ ONLY');
  try {
    // A cursor is planned for its first rows; here all are wanted.
    await session.query('SET LOCAL cursor_tuple_fraction = 1');
    await session.query(`DECLARE nightshift NO SCROLL CURSOR FOR ${statement}`);
    return await session.query(`FETCH ${rows} FROM nightshift`);
  } finally {
    // Also takes back what set_config() did. Fails only with the session, and then there is nothing to take back.
    await session.query(ROLLBACK).catch(() => {});
  }
}
