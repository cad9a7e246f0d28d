import type { Session } from '../session.ts';

/** From this version on CREATEROLE alone does not make a role anybody's master (`server_version_num`). */
const ADMIN_OPTION_SINCE = 160_000;

const may = (serverVersion: number): string =>
  serverVersion >= ADMIN_OPTION_SINCE
    ? `pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION')`
    : `(me.rolcreaterole OR pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION'))`;

const is = (serverVersion: number): string =>
  serverVersion >= ADMIN_OPTION_SINCE
    ? `pg_has_role(me.oid, r.oid, 'USAGE') AND pg_has_role(me.oid, r.oid, 'SET')`
    : `pg_has_role(me.oid, r.oid, 'USAGE')`;

/** Nobody can be made a member of pg_database_owner: whoever acts as the owner of the database is one. */
const reach = (serverVersion: number) => `
  SELECT named.rolname::text AS role
  FROM pg_roles named
  JOIN pg_database d ON d.datname = current_database()
  JOIN pg_roles r ON r.oid = CASE named.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE named.oid END
  JOIN pg_roles me ON me.rolname = session_user
  WHERE me.rolsuper OR (${is(serverVersion)}) OR (NOT r.rolsuper AND ${may(serverVersion)})
  ORDER BY 1
`;

const grantable = (serverVersion: number) => `
  SELECT r.rolname::text AS role
  FROM pg_roles r
  JOIN pg_roles me ON me.rolname = session_user
  WHERE me.rolsuper OR (NOT r.rolsuper AND ${may(serverVersion)})
  ORDER BY 1
`;

const roles = async (session: Pick<Session, 'query'>, statement: string): Promise<string[]> =>
  (await session.query<{ role: string }>(statement)).rows.map(({ role }) => role);

/** Roles that the session's role may act as: it is a member of them, or may make itself one. */
export const readReach = (session: Pick<Session, 'query'>, serverVersion: number): Promise<string[]> =>
  roles(session, reach(serverVersion));

/** Roles that it may make others members of. */
export const readGrantable = (session: Pick<Session, 'query'>, serverVersion: number): Promise<string[]> =>
  roles(session, grantable(serverVersion));
