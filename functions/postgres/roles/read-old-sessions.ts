import type { Session } from '../session.ts';

const OLD_SESSIONS = `
  SELECT count(*)::int AS sessions
  FROM pg_stat_activity
  WHERE usename = ANY ($1::name[])
    AND datname = current_database()
    AND backend_start < $2::timestamptz
    AND ($3::timestamptz IS NULL OR backend_start > $3::timestamptz)
`;

/** Sessions of the users that began before one time and after another; the session's role must be a member of them to see when. */
export async function readOldSessions(
  session: Pick<Session, 'query'>,
  users: readonly string[],
  before: Date,
  after: Date | null = null,
): Promise<number> {
  const { rows } = await session.query<{ sessions: number }>(OLD_SESSIONS, [
    users,
    before.toISOString(),
    after?.toISOString() ?? null,
  ]);
  return rows[0]?.sessions ?? 0;
}
