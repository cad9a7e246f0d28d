import pg from 'pg';
import type { Session } from '../session.ts';
import { inTransaction } from './in-transaction.ts';

/** The options of a membership that the session's role has given itself. */
interface OwnGrant {
  readonly inherit: boolean;
  readonly set: boolean;
  readonly admin: boolean;
}

/**
 * Roles whose privileges the session's role lacks, or that it may not set; with what it has given itself of them already. Nobody can be
 * made a member of pg_database_owner: whoever acts as the owner of the database is one.
 */
const MISSING = `
  SELECT
    r.rolname::text AS role,
    me.rolname::text AS me,
    current_setting('server_version_num')::int >= 160000 AS options,
    (
      SELECT json_build_object(
        'inherit', (to_jsonb(m) ->> 'inherit_option')::boolean,
        'set', (to_jsonb(m) ->> 'set_option')::boolean,
        'admin', m.admin_option
      )
      FROM pg_auth_members m
      WHERE m.roleid = r.oid AND m.member = me.oid AND m.grantor = me.oid
    ) AS own
  FROM pg_roles r
  JOIN pg_roles me ON me.rolname = session_user
  WHERE r.oid IN (
      SELECT CASE named.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE named.oid END
      FROM pg_roles named
      JOIN pg_database d ON d.datname = current_database()
      WHERE named.rolname = ANY ($1::name[])
    )
    AND NOT me.rolsuper
    AND NOT (
      pg_has_role(me.oid, r.oid, 'USAGE')
      AND pg_has_role(
        me.oid,
        r.oid,
        CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END
      )
    )
  ORDER BY 1
`;

/**
 * Runs a transaction in which the session's role may act as other roles: it makes itself a member of them, which CREATEROLE does not do by
 * itself, and is none any more when the transaction ends, however that ends.
 *
 * @see https://www.postgresql.org/docs/current/role-attributes.html (createrole_self_grant)
 */
export async function withRoles<Result>(
  session: Pick<Session, 'query'>,
  roles: readonly string[],
  work: () => Promise<Result>,
): Promise<Result> {
  return inTransaction(session, async () => {
    const giveBack = await borrowRoles(session, roles);
    const result = await work();
    await giveBack();
    return result;
  });
}

/** The same within a transaction of the caller's; the answer gives the roles back. */
export async function borrowRoles(
  session: Pick<Session, 'query'>,
  roles: readonly string[],
): Promise<() => Promise<void>> {
  const { rows } = await session.query<{
    role: string;
    me: string;
    options: boolean;
    own: OwnGrant | null;
  }>(MISSING, [roles]);
  for (const { role, me, options, own } of rows)
    await session.query(
      `GRANT ${pg.escapeIdentifier(role)} TO ${pg.escapeIdentifier(me)}${options ? memberOptions({ inherit: true, set: true, admin: own?.admin ?? false }) : ''}`,
    );
  return async () => {
    for (const { role, me, options, own } of rows.toReversed())
      await session.query(
        own !== null && options
          ? `GRANT ${pg.escapeIdentifier(role)} TO ${pg.escapeIdentifier(me)}${memberOptions(own)}`
          : `REVOKE ${pg.escapeIdentifier(role)} FROM ${pg.escapeIdentifier(me)}`,
      );
  };
}

const memberOptions = ({ inherit, set, admin }: OwnGrant): string =>
  ` WITH ADMIN ${word(admin)}, INHERIT ${word(inherit)}, SET ${word(set)}`;
const word = (option: boolean): string => (option ? 'TRUE' : 'FALSE');
