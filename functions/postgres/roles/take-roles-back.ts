import pg from 'pg';
import type { Session } from '../session.ts';
import { alterAttributes } from './create-role.ts';
import type { TakeOver } from './ownership.ts';
import { readRole } from './role.ts';
import { roleFailure } from './role-failure.ts';

/** Takes back memberships, attributes and roles that the run has made. A role that is still needed stays. */
export async function takeRolesBack(session: Session, plan: TakeOver): Promise<string[]> {
  const { users, ownerRole, memberships, joins, makes, attributesBefore } = plan;
  const [, second] = users;
  const left: string[] = [];
  const stillOwns = await session.query(
    `SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
      WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND r.rolname = $1 LIMIT 1`,
    [ownerRole],
  );
  const owner = pg.escapeIdentifier(ownerRole);
  if (makes.owner && stillOwns.rowCount === 0) {
    for (const { role } of memberships)
      await session.query(`REVOKE ${pg.escapeIdentifier(role)} FROM ${owner}`);
    for (const name of joins) await session.query(`REVOKE ${owner} FROM ${pg.escapeIdentifier(name)}`);
  } else
    left.push(
      `${users[0]} stays a member of ${ownerRole}, to which other objects belong; that takes nothing from anybody.`,
    );
  const found = await readRole(session, ownerRole);
  if (found !== undefined && attributesBefore !== null)
    await alterAttributes(session, found, attributesBefore);
  for (const name of [...(makes.second ? [second] : []), ...(makes.owner ? [ownerRole] : [])])
    if (!(await drop(session, name)))
      left.push(`The role ${name} is still referred to, and was not dropped.`);
  return left;
}

/** Objects or privileges depend on the role. */
const NEEDED = '2BP01';

async function drop(session: Session, name: string): Promise<boolean> {
  try {
    await session.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(name)}`);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === NEEDED) return false;
    throw roleFailure(error, `${name} could not be dropped`);
  }
}
