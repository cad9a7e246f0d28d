import type { Session } from '../session.ts';

/** What a role may do by itself. */
export interface Attributes {
  readonly login: boolean;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createDatabase: boolean;
  readonly createRole: boolean;
  readonly replication: boolean;
  readonly bypassRowSecurity: boolean;
  /** Connections that it may have at a time; -1: as many as it likes. */
  readonly connectionLimit: number;
}

/** A role that another one was made a member of, with the options that hold for it; several grants of one role count as one. */
export interface Membership {
  readonly role: string;
  readonly admin: boolean;
  /** Before version 16 the member's own attribute decided on inheriting, and every member could set the role. */
  readonly inherit: boolean;
  readonly set: boolean;
}

/** A setting that sessions of a role begin with. */
export interface Setting {
  /** Null: in every database. */
  readonly database: string | null;
  readonly name: string;
  /** As the catalog has it: elements of lists are quoted where they need to be. */
  readonly value: string;
}

export interface Role {
  readonly name: string;
  readonly attributes: Attributes;
  /** Whether its password is no longer valid (VALID UNTIL). */
  readonly expired: boolean;
  readonly memberships: readonly Membership[];
  readonly settings: readonly Setting[];
}

const ROLE = `
  SELECT
    r.rolname::text AS name,
    json_build_object(
      'login', r.rolcanlogin,
      'superuser', r.rolsuper,
      'inherit', r.rolinherit,
      'createDatabase', r.rolcreatedb,
      'createRole', r.rolcreaterole,
      'replication', r.rolreplication,
      'bypassRowSecurity', r.rolbypassrls,
      'connectionLimit', r.rolconnlimit
    ) AS attributes,
    coalesce(r.rolvaliduntil < now(), false) AS expired,
    (
      SELECT coalesce(json_agg(held ORDER BY held.role), '[]')
      FROM (
        SELECT
          g.rolname::text AS role,
          bool_or(m.admin_option) AS admin,
          bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit)) AS inherit,
          bool_or(coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)) AS "set"
        FROM pg_auth_members m
        JOIN pg_roles g ON g.oid = m.roleid
        WHERE m.member = r.oid
        GROUP BY g.rolname
      ) AS held
    ) AS memberships,
    (
      SELECT coalesce(json_agg(json_build_object(
          'database', d.datname,
          'name', split_part(setting, '=', 1),
          'value', substr(setting, strpos(setting, '=') + 1)
        ) ORDER BY d.datname NULLS FIRST, setting), '[]')
      FROM pg_db_role_setting s
      LEFT JOIN pg_database d ON d.oid = s.setdatabase
      CROSS JOIN unnest(s.setconfig) AS setting
      WHERE s.setrole = r.oid
    ) AS settings
  FROM pg_roles r
  WHERE r.rolname = $1
`;

/** A role as the catalog has it; undefined where there is none of this name. */
export async function readRole(session: Pick<Session, 'query'>, name: string): Promise<Role | undefined> {
  const { rows } = await session.query<Role & { [column: string]: unknown }>(ROLE, [name]);
  return rows[0];
}

/** The value with which a role's sessions in a database begin, as far as the role says. */
export function settingOf({ settings }: Role, name: string, database: string): string | undefined {
  const named = settings.filter((setting) => setting.name === name);
  // What holds in one database goes before what holds in all.
  return (named.find((one) => one.database === database) ?? named.find((one) => one.database === null))
    ?.value;
}
