import { endSession } from '../../postgres/client-sessions.ts';
import type { Session } from '../../postgres/session.ts';

/** A consumer's session. */
export interface UserSession {
  readonly pid: number;
  /** Null where it is hidden from us. */
  readonly startedAt: string | null;
  readonly user: string;
  /** Whether it began before an instant; null where that is hidden. */
  readonly before: boolean | null;
}

/**
 * Sessions in which users have logged in, in all databases of the server, without ours. The name of the user and of the application are
 * shown to everybody, when a session began only to the user itself and to those who may read all statistics.
 *
 * @see https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
 */
const USER_SESSIONS = `
  SELECT
    pid,
    backend_start::text AS "startedAt",
    usename::text AS "user",
    backend_start < $2::timestamptz AS before
  FROM pg_stat_activity
  WHERE usename = ANY ($1::name[])
    AND coalesce(backend_type, 'client backend') IN ('client backend', 'walsender')
    AND application_name IS DISTINCT FROM current_setting('application_name')
    AND pid <> pg_backend_pid()
  ORDER BY pid
`;

/** @param instant by which the sessions are divided */
export async function userSessions(
  session: Session,
  users: readonly string[],
  instant = new Date(),
): Promise<UserSession[]> {
  const { rows } = await session.query<UserSession & { [column: string]: unknown }>(USER_SESSIONS, [
    users,
    instant.toISOString(),
  ]);
  return rows;
}

/** Ends sessions; returns how many were, which is fewer where some were over or may not be ended (rule 42). */
export async function endAll(session: Session, sessions: readonly UserSession[]): Promise<number> {
  let ended = 0;
  for (const one of sessions) if (await endSession(session, one)) ended += 1;
  return ended;
}

/** `one session of app`, `3 sessions of app`. */
export function countOf(count: number, user: string): string {
  return `${count === 1 ? 'one session' : `${count} sessions`} of ${user}`;
}
