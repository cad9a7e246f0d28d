import pg from 'pg';
import type { Session } from '../session.ts';
import type { Role } from './role.ts';

/**
 * Lets the sessions of a user begin as the owner role, so that what they make belongs to it; those that are open stay as they are. Does
 * nothing where they do already.
 */
export async function actAs(session: Pick<Session, 'query'>, user: Role, ownerRole: string): Promise<void> {
  const acts = user.settings.find(({ name, database }) => name === 'role' && database === null);
  if (acts?.value === ownerRole) return;
  await session.query(
    `ALTER ROLE ${pg.escapeIdentifier(user.name)} SET role = ${pg.escapeLiteral(ownerRole)}`,
  );
}
