import type { Session } from '../session.ts';

/** What others do is not told; who they are and for how long is. */
const HOLDERS = `
  SELECT
    coalesce(a.usename::text, 'somebody') AS "user",
    coalesce(a.application_name, '') AS application,
    coalesce(a.state, 'at work') AS state,
    coalesce(extract(epoch FROM now() - a.xact_start)::int, 0) AS seconds
  FROM pg_locks l
  JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (SELECT i.identity FROM pg_identify_object('pg_class'::regclass, l.relation, 0) AS i) = $1
    AND l.granted
    AND l.pid <> pg_backend_pid()
  ORDER BY a.xact_start
  LIMIT 5
`;

/** Who holds a lock on a table: `app (worker), idle in transaction, for 12 s`. Of others no more than the name is seen. */
export async function readHolders(session: Pick<Session, 'query'>, table: string): Promise<string[]> {
  const { rows } = await session.query<{ user: string; application: string; state: string; seconds: number }>(
    HOLDERS,
    [table],
  );
  return rows.map(
    ({ user, application, state, seconds }) =>
      `${user}${application === '' ? '' : ` (${application})`}, ${state}, for ${seconds} s`,
  );
}
