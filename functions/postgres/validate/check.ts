import pg from 'pg';
import type { Check } from '../../../schemas/run.ts';
import { RunbookError } from '../../errors.ts';

/** No more names than this stand in one sentence. */
const LISTED_NAMES = 20;

/** What the SQLSTATEs mean that a check is likely to meet. */
const CONDITIONS: Readonly<Record<string, string>> = {
  '0A000': 'not supported here',
  '22P02': 'a value that its type does not take',
  '25006': 'a write in a read-only transaction',
  '42501': 'a privilege is missing',
  '42601': 'a syntax error',
  '42703': 'a column does not exist',
  '42883': 'a function or operator does not exist',
  '42P01': 'a table does not exist',
  '55P03': 'a lock was not to be had in time',
  '57014': 'cancelled, its time was over',
  '57P01': 'the server ended the session',
  XX001: 'data are corrupt',
  XX002: 'an index is corrupt',
};

/** What `pg` says of a connection that is no more; its own errors have no code. */
const CONNECTION_LOST = /^(Connection terminated|Client (was closed|has encountered)|Query read timeout)/;

/** A check that was just made. `measured` never holds a value from a row. */
export function check(name: string, passed: boolean, measured: string): Check {
  return { name, passed, measured, at: new Date().toISOString() };
}

/** A check that could not be made: that is not a pass. */
export function notChecked(name: string, why: string): Check {
  return check(name, false, `NOT CHECKED: ${why}`);
}

/** Makes a check; whatever goes wrong on the way is an answer, too. */
export async function judged(name: string, judge: () => Promise<Check>): Promise<Check> {
  try {
    return await judge();
  } catch (error) {
    return notChecked(name, failure(error));
  }
}

/**
 * What went wrong, without PostgreSQL's own message, which may quote values: the SQLSTATE and what it means.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function failure(error: unknown): string {
  const state = stateOf(error);
  if (state !== undefined) {
    const meaning = CONDITIONS[state];
    return `SQLSTATE ${state}${meaning === undefined ? '' : ` (${meaning})`}`;
  }
  // A sentence of ours becomes part of another.
  if (error instanceof OutOfTime || error instanceof RunbookError) return error.message.replace(/\.$/, '');
  const { name, message, code } = error as Error & { code?: string };
  if (code !== undefined) return `the connection to the database was lost (${code})`;
  return CONNECTION_LOST.test(message)
    ? 'the connection to the database was lost'
    : `it went wrong in a way that was not foreseen (${name})`;
}

/** The SQLSTATE of an error that PostgreSQL sent. */
export function stateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The time for all checks is over before this one began. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Names in one line: the first twenty, and how many more there are. */
export function listed(names: readonly string[]): string {
  const rest = names.length - LISTED_NAMES;
  return `${names.slice(0, LISTED_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** `1 index`, `2 indexes`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
