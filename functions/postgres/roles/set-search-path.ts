import pg from 'pg';
import type { Session } from '../session.ts';

/** Gives a user a search path in one database, or takes it away (null). */
export async function setSearchPath(
  session: Pick<Session, 'query'>,
  user: string,
  database: string,
  elements: readonly string[] | null,
): Promise<void> {
  const who = `ALTER ROLE ${pg.escapeIdentifier(user)} IN DATABASE ${pg.escapeIdentifier(database)}`;
  await session.query(
    elements === null
      ? `${who} RESET search_path`
      : `${who} SET search_path = ${elements.length === 0 ? "''" : elements.map(pg.escapeLiteral).join(', ')}`,
  );
}
