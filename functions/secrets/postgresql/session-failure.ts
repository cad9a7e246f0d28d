import pg from 'pg';
import { RunbookError, Transient } from '../../errors.ts';
import { roleFailure } from '../../postgres/roles/role-failure.ts';

/** How `pg` and Node.js say that a connection is gone, or that nothing came back over it. */
const BROKEN = /^(Connection terminated|Client (was closed|has encountered)|Query read timeout)/;
const BROKEN_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/**
 * What went wrong in a session, for the operator; what is no matter of the database stays as it is.
 *
 * @param what could not be done, as the beginning of a sentence
 */
export function sessionFailure(
  error: unknown,
  address: string,
  what = `The database ${address} could not be worked with`,
): unknown {
  if (error instanceof RunbookError) return error;
  if (error instanceof pg.DatabaseError) return roleFailure(error, what);
  const { message = '', code = '' } = error as { message?: string; code?: string };
  if (!BROKEN.test(message) && !BROKEN_CODES.has(code)) return error;
  return new Transient(
    `${what}: the connection broke off. Whether the last statement was done is not known. It is tried again, and looks first.`,
  );
}
