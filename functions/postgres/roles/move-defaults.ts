import pg from 'pg';
import type { Session } from '../session.ts';
import type { Default } from './ownership.ts';

/** Makes an entry of default privileges hold, or takes it back to what holds without it. */
export async function setDefault(
  session: Pick<Session, 'query'>,
  { definer, schema, objects, grantee, privilege, grantable, revoked }: Default,
  holds: boolean,
): Promise<void> {
  const where = schema === null ? '' : ` IN SCHEMA ${pg.escapeIdentifier(schema)}`;
  const who = grantee === null ? 'PUBLIC' : pg.escapeIdentifier(grantee);
  const change =
    holds !== revoked
      ? `GRANT ${privilege} ON ${objects} TO ${who}${grantable ? ' WITH GRANT OPTION' : ''}`
      : `REVOKE ${privilege} ON ${objects} FROM ${who}`;
  await session.query(`ALTER DEFAULT PRIVILEGES FOR ROLE ${pg.escapeIdentifier(definer)}${where} ${change}`);
}

/** What the sessions that still act as a user make, the owner role may use at once. */
const BRIDGE = ['TABLES', 'SEQUENCES', 'ROUTINES', 'TYPES', 'SCHEMAS'] as const;

/** Lets a role use what another one will make; or no longer. */
export async function bridge(
  session: Pick<Session, 'query'>,
  maker: string,
  user: string,
  holds: boolean,
): Promise<void> {
  for (const objects of BRIDGE)
    await session.query(
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${pg.escapeIdentifier(maker)} ${holds ? 'GRANT' : 'REVOKE'} ALL ON ${objects} ${holds ? 'TO' : 'FROM'} ${pg.escapeIdentifier(user)}`,
    );
}
