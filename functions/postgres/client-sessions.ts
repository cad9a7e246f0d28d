import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './session.ts';

/** A session of a client on the server. */
export interface ClientSession {
  readonly pid: number;
  /** Tells a process from a later one of the same number; null where it is hidden from us. */
  readonly startedAt: string | null;
  readonly user: string;
  readonly application: string;
}

/** How long is waited, in milliseconds. */
export interface Pace {
  /** For clients to go by themselves. */
  readonly grace: number;
  /** For those that were ended to be gone, and to come back if they do. */
  readonly settle: number;
  /** Between two looks. */
  readonly interval: number;
}

/** What became of the sessions. */
export interface Ending {
  /** Sessions that we ended. */
  readonly ended: number;
  readonly left: readonly ClientSession[];
}

/**
 * Sessions of all databases of the server: all of them go aside with it. RDS's own are left out, and ours, which look like this
 * one. What kind of process it is (`backend_type`) is hidden from those who may not see other users' sessions. A reader of the
 * replication stream is a client, too.
 */
const CLIENT_SESSIONS = `
  SELECT
    pid,
    backend_start::text AS "startedAt",
    usename::text AS "user",
    coalesce(application_name, '') AS application
  FROM pg_stat_activity
  WHERE usename IS NOT NULL
    AND usename NOT IN ('rdsadmin', 'rdsrepladmin')
    AND coalesce(backend_type, 'client backend') IN ('client backend', 'walsender')
    AND application_name IS DISTINCT FROM current_setting('application_name')
    AND pid <> pg_backend_pid()
  ORDER BY pid
`;

/** Ends one session, unless its process has gone and its number belongs to another one by now. */
const END_SESSION = `
  SELECT pg_terminate_backend(pid) AS ended
  FROM pg_stat_activity
  WHERE pid = $1 AND backend_start::text IS NOT DISTINCT FROM $2
`;

const INSUFFICIENT_PRIVILEGE = '42501';

export async function clientSessions(session: Session): Promise<ClientSession[]> {
  const { rows } = await session.query<ClientSession & { [column: string]: unknown }>(CLIENT_SESSIONS);
  return rows;
}

/** Waits for all clients to go, then ends those that stay and that we may end, and tells who is left. */
export async function endSessions(
  session: Session,
  { grace, settle, interval }: Pace,
  signal: AbortSignal,
  beforeEnding: (sessions: readonly ClientSession[]) => Promise<void> = async () => {},
): Promise<Ending> {
  const stayed = await untilGone(session, grace, interval, signal);
  if (stayed.length === 0) return { ended: 0, left: [] };
  await beforeEnding(stayed);
  let ended = 0;
  for (const one of stayed) if (await endSession(session, one)) ended += 1;
  // The whole time: a pool that opens its connections anew takes a moment, in which nobody seems to be there.
  await sleep(settle, undefined, { signal });
  return { ended, left: await clientSessions(session) };
}

/** Looks until nobody is there or the time is over; who is there then. */
async function untilGone(
  session: Session,
  milliseconds: number,
  interval: number,
  signal: AbortSignal,
): Promise<ClientSession[]> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const sessions = await clientSessions(session);
    if (sessions.length === 0 || performance.now() >= end) return sessions;
    await sleep(interval, undefined, { signal });
  }
}

/** Whether the session was ended; those of superusers and of RDS cannot be. */
export async function endSession(
  session: Session,
  { pid, startedAt }: Pick<ClientSession, 'pid' | 'startedAt'>,
): Promise<boolean> {
  try {
    const { rows } = await session.query<{ ended: boolean }>(END_SESSION, [pid, startedAt]);
    return rows[0]?.ended ?? false;
  } catch (error) {
    if ((error as { code?: string }).code === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}

/** Sessions by user and application, most of them first: `3 of app (worker)`. */
export function countSessions(sessions: readonly ClientSession[]): string {
  const counts = Map.groupBy(sessions, ({ user, application }) =>
    application === '' ? user : `${user} (${application})`,
  );
  return [...counts]
    .map(([who, members]) => ({ who, count: members.length }))
    .toSorted((one, other) => other.count - one.count)
    .map(({ who, count }) => `${count} of ${who}`)
    .join(', ');
}
