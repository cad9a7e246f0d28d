import pg from 'pg';
import type { Session } from '../session.ts';
import type { Grant } from './ownership.ts';

/** How GRANT calls what the catalog calls otherwise. */
const KEYWORDS: Readonly<Record<string, string>> = {
  view: 'TABLE',
  'materialized view': 'TABLE',
  'foreign table': 'TABLE',
  function: 'ROUTINE',
  procedure: 'ROUTINE',
  aggregate: 'ROUTINE',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
  server: 'FOREIGN SERVER',
  'parameter ACL': 'PARAMETER',
};

/** Privileges on one object, as they stand behind GRANT and REVOKE. */
function what({ type, identity, column }: Grant, privileges: readonly string[]): string {
  const listed = privileges.map((privilege) => (column === null ? privilege : `${privilege} (${column})`));
  return `${listed.join(', ')} ON ${KEYWORDS[type] ?? type.toUpperCase()} ${identity}`;
}

/**
 * Gives a role what another one was granted, and takes it from that one. Both by whom it was granted: a privilege counts as another one
 * when somebody else has given it.
 *
 * @param kept privileges that are not taken away
 */
export async function moveGrant(
  session: Pick<Session, 'query'>,
  grant: Grant,
  { from, to, kept = [] }: { from: string; to: string; kept?: readonly string[] },
): Promise<void> {
  const { privileges, grantable, grantor } = grant;
  const taken = privileges.filter((privilege) => !kept.includes(privilege));
  await session.query(`SET LOCAL ROLE ${pg.escapeIdentifier(grantor)}`);
  await session.query(
    `GRANT ${what(grant, privileges)} TO ${pg.escapeIdentifier(to)}${grantable ? ' WITH GRANT OPTION' : ''}`,
  );
  if (taken.length > 0) await session.query(`REVOKE ${what(grant, taken)} FROM ${pg.escapeIdentifier(from)}`);
  await session.query('RESET ROLE');
}
