import { PreconditionFailed, RunbookError, Transient } from '../../errors.ts';

/** Somebody else changed the same role or object at the same moment, or holds it. */
const PASSING: Readonly<Record<string, string>> = {
  '55P03': 'somebody else holds a lock on it for too long',
  '40P01': 'it came into a deadlock with somebody else',
  '40001': 'somebody else changed it at the same moment',
  '42710': 'somebody else made it at the same moment',
  '23505': 'somebody else made it at the same moment',
  '57014': 'it took too long',
  '57P01': 'the server is shutting down',
};
/** What PostgreSQL says when two change one row of its catalog; an internal error of that code may be anything else. */
const CONCURRENT = /^tuple concurrently (updated|deleted)$/;
const NOT_ALLOWED = '42501';
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * What went wrong with roles, for the operator; what is no error of the server's stays as it is. PostgreSQL's own words name roles and
 * objects, never passwords, which are nowhere in these statements.
 *
 * @param what could not be done, as the beginning of a sentence; it was rolled back
 */
export function roleFailure(error: unknown, what: string): unknown {
  if (error instanceof RunbookError) return error;
  const { code, message, detail } = error as { code?: string; message: string; detail?: string };
  // A connection that broke off is not the server's word.
  if (code === undefined || !SQLSTATE.test(code)) return error;
  const passing = CONCURRENT.test(message) ? 'somebody else changed it at the same moment' : PASSING[code];
  if (passing !== undefined)
    return new Transient(`${what}: ${passing} (${code}). Nothing was changed by this. It is tried again.`, {
      code,
    });
  if (code === NOT_ALLOWED)
    return new PreconditionFailed(
      `${what}: ${[message, detail].filter(Boolean).join('. ').replace(/\.$/, '')} (${code}). Nothing was changed by this. Give the administrator whose secret is declared that right (CREATEROLE, and the role WITH ADMIN OPTION), then start again.`,
      { code },
    );
  return new PreconditionFailed(`${what}: ${message} (${code}). Nothing was changed by this.`, { code });
}
