import type { Server, Surroundings } from './manifest.ts';
import type { Connection } from './shared-snapshot.ts';

/** Settings whose change alters what is stored or how an application behaves. */
export const DEFAULT_SETTINGS: readonly string[] = [
  'block_size',
  'data_checksums',
  'default_text_search_config',
  'default_transaction_isolation',
  'integer_datetimes',
  'max_connections',
  'max_prepared_transactions',
  'password_encryption',
  'rds.force_ssl',
  'search_path',
  'server_encoding',
  'session_preload_libraries',
  'shared_preload_libraries',
  'standard_conforming_strings',
  'TimeZone',
  'wal_level',
];

/** Which server this is and which of its databases. */
export async function readServer(client: Connection): Promise<Server> {
  const { rows } = await client.query<{ version: number; database: string; mayIdentify: boolean }>(`
    SELECT current_setting('server_version_num')::int AS version, current_database() AS database,
      has_function_privilege('pg_control_system()', 'EXECUTE') AS "mayIdentify"`);
  const [row] = rows as [(typeof rows)[0]];
  const identified = row.mayIdentify
    ? await client.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
    : undefined;
  return {
    versionNumber: row.version,
    systemIdentifier: identified?.rows[0]?.id ?? null,
    database: row.database,
  };
}

/**
 * Extensions, roles, memberships and settings. The predefined roles (pg_…) come with the version. A setting is read as a new
 * session would get it (`reset_val`), because reading a manifest sets some of its own; one that does not exist or may not be
 * seen is left out.
 */
export async function readSurroundings(
  client: Connection,
  settings: readonly string[],
): Promise<Surroundings> {
  const extensions = await client.query<Surroundings['extensions'][number]>(
    'SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY extname',
  );
  const roles = await client.query<Surroundings['roles'][number]>(`
    SELECT rolname AS name, concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END,
      CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolinherit THEN 'inherit' END,
      CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolcreaterole THEN 'createrole' END,
      CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypassrls' END,
      'connections=' || rolconnlimit, 'until=' || rolvaliduntil) AS attributes
    FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname`);
  // The options of a membership have columns of their own only since version 16.
  const memberships = await client.query<Surroundings['memberships'][number]>(`
    SELECT pg_get_userbyid(m.roleid) AS role, pg_get_userbyid(m.member) AS member,
      concat_ws(' ', CASE WHEN bool_or(m.admin_option) THEN 'admin' END,
        CASE WHEN bool_or((to_jsonb(m) ->> 'inherit_option')::bool) THEN 'inherit' END,
        CASE WHEN bool_or((to_jsonb(m) ->> 'set_option')::bool) THEN 'set' END) AS options
    FROM pg_auth_members m
    WHERE pg_get_userbyid(m.member) !~ '^pg_'
    GROUP BY 1, 2 ORDER BY 1, 2`);
  const values = await client.query<{ name: string; value: string | null }>(
    'SELECT name, reset_val AS value FROM pg_settings WHERE name = ANY ($1::text[]) ORDER BY name',
    [settings],
  );
  const locale = await client.query<{ value: string }>(`
    SELECT concat_ws(' ', datcollate, datctype, pg_encoding_to_char(encoding)) AS value
    FROM pg_database WHERE datname = current_database()`);
  return {
    extensions: extensions.rows,
    roles: roles.rows,
    memberships: memberships.rows,
    settings: {
      ...Object.fromEntries(values.rows.map(({ name, value }) => [name, value ?? ''])),
      'database locale': locale.rows[0]?.value ?? '',
    },
  };
}
