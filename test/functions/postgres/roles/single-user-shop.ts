import { MASTER, PASSWORD, type RoleDatabase } from './role-server.ts';

/**
 * A database as a team has it that began with one user: `app` owns nearly everything, some things belong to others, and others may use
 * what is the application's. Made by a master that is no superuser.
 */
export async function makeShop({ run, quoted, role, name }: RoleDatabase): Promise<void> {
  const [app, migrator, reader, group] = ['app', 'migrator', 'reader', 'group'].map(quoted);
  const database = `"${name.replaceAll('"', '""')}"`;
  await run(
    MASTER,
    `CREATE ROLE ${app} LOGIN PASSWORD '${PASSWORD}'`,
    `CREATE ROLE ${migrator} LOGIN PASSWORD '${PASSWORD}'`,
    `CREATE ROLE ${reader} LOGIN PASSWORD '${PASSWORD}'`,
    `CREATE ROLE ${group}`,
    `GRANT ${group} TO ${app}`,
    `ALTER ROLE ${app} CONNECTION LIMIT 20`,
    `ALTER ROLE ${app} SET statement_timeout = '20s'`,
    `GRANT CREATE, CONNECT ON DATABASE ${database} TO ${app}, ${migrator}`,
    `GRANT CREATE ON SCHEMA public TO ${app}, ${migrator}`,
    // Its own schema, found by "$user".
    `CREATE SCHEMA ${app}`,
    `GRANT USAGE, CREATE ON SCHEMA ${app} TO ${app}`,
    'CREATE SCHEMA locked',
    `GRANT USAGE, CREATE ON SCHEMA locked TO ${app}`,
  );
  await run(
    'rdsadmin',
    'CREATE FOREIGN DATA WRAPPER away',
    `GRANT USAGE ON FOREIGN DATA WRAPPER away TO ${MASTER}`,
  );
  await run(
    MASTER,
    'CREATE SERVER "far away" FOREIGN DATA WRAPPER away',
    `GRANT USAGE ON FOREIGN SERVER "far away" TO ${app}`,
  );
  await run(
    role('app'),
    'CREATE EXTENSION citext',
    'CREATE FOREIGN TABLE distant (id int) SERVER "far away"',
    'CREATE SCHEMA "Größe ""q"""',
    `CREATE TABLE ${app}.settings (id int)`,
    'CREATE TABLE locked.old (id int)',
    `CREATE TYPE mood AS ENUM ('good', 'bad')`,
    `CREATE TYPE point3 AS (x int, y int, z int)`,
    "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%')",
    `CREATE TYPE span AS RANGE (subtype = int)`,
    `CREATE TABLE public.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "größe" int, mood mood)`,
    'CREATE TABLE public.lines (id serial PRIMARY KEY, "order" bigint REFERENCES orders)',
    'CREATE UNLOGGED TABLE "Größe ""q"""."Tab ""le" (id int)',
    'CREATE TABLE events (at date) PARTITION BY RANGE (at)',
    `CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`,
    `CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
    'CREATE INDEX ON events (at)',
    'CREATE SEQUENCE numbers',
    'CREATE VIEW open_orders AS SELECT id FROM orders',
    'CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS orders FROM orders',
    `CREATE FUNCTION add(int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT $1 + b'`,
    `CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM lines WHERE false'`,
    'CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)',
    'CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)',
    'CREATE COLLATION other FROM "C"',
    'CREATE STATISTICS both ON id, "größe" FROM orders'.replace('both', 'together'),
    'CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)',
    'CREATE PUBLICATION changes FOR TABLE orders',
    'SELECT lo_create(47110815)',
    `GRANT SELECT ON orders, open_orders TO ${reader}`,
    `GRANT SELECT (id) ON lines TO ${reader} WITH GRANT OPTION`,
    `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${reader}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ${reader}`,
    'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
    'ALTER TABLE orders ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY all_of_reader ON orders TO ${reader} USING (true)`,
    'INSERT INTO orders ("größe") VALUES (1)',
  );
  await run(
    role('migrator'),
    'CREATE TABLE migrations (head text)',
    `INSERT INTO migrations VALUES ('one')`,
    'CREATE TABLE tenants (id int, secret text)',
    'ALTER TABLE tenants ENABLE ROW LEVEL SECURITY',
    `CREATE POLICY of_app ON tenants TO ${app} USING (id > 0)`,
    `CREATE POLICY of_both ON tenants AS RESTRICTIVE TO ${app}, ${reader} USING (true)`,
    `GRANT SELECT, INSERT ON migrations TO ${app}`,
    `GRANT SELECT (id), UPDATE (id) ON tenants TO ${app} WITH GRANT OPTION`,
    `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${app}`,
  );
  await run(MASTER, 'CREATE TABLE public.of_group (id int)', `GRANT ALL ON of_group TO ${group}`);
}

/** Owners, privileges, defaults, policies, roles: everything that a take-over may change, readable. */
export async function everything({ run, role }: RoleDatabase): Promise<unknown> {
  const mine = [role('app'), role('app_b'), role('owner'), role('migrator'), role('reader'), role('group')];
  const list = mine.map((one) => `'${one}'`).join(', ');
  return run(
    'rdsadmin',
    `SELECT 'owner' AS kind, i.type, i.identity, pg_get_userbyid(s.refobjid) AS what
      FROM pg_shdepend s CROSS JOIN pg_identify_object(s.classid, s.objid, s.objsubid) AS i
      WHERE s.deptype = 'o' AND pg_get_userbyid(s.refobjid) IN (${list})
        AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    UNION ALL
    SELECT 'table acl', relname, '', (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(relacl) AS a)
      FROM pg_class WHERE relnamespace >= 16384 OR relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column acl', attrelid::regclass::text, attname, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(attacl) AS a)
      FROM pg_attribute WHERE attacl IS NOT NULL
    UNION ALL
    SELECT 'schema acl', nspname, '', (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(nspacl) AS a)
      FROM pg_namespace
    UNION ALL
    SELECT 'database acl', datname, '', (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) AS a)
      FROM pg_database WHERE datname = current_database()
    UNION ALL
    SELECT 'default', pg_get_userbyid(defaclrole) || defaclobjtype::text, defaclnamespace::text,
      (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(defaclacl) AS a)
      FROM pg_default_acl
    UNION ALL
    SELECT 'policy', polname, polrelid::regclass::text, (SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE oid = ANY (polroles))
      FROM pg_policy
    UNION ALL
    SELECT 'role', rolname, concat_ws(' ', rolsuper, rolcanlogin, rolinherit, rolcreatedb, rolcreaterole, rolconnlimit), ''
      FROM pg_roles WHERE rolname IN (${list})
    UNION ALL
    SELECT 'setting', pg_get_userbyid(setrole), setdatabase::text, setconfig::text
      FROM pg_db_role_setting WHERE pg_get_userbyid(setrole) IN (${list})
    UNION ALL
    SELECT 'member', pg_get_userbyid(roleid), pg_get_userbyid(member), concat_ws(' ', pg_get_userbyid(grantor), admin_option, inherit_option, set_option)
      FROM pg_auth_members WHERE pg_get_userbyid(roleid) IN (${list}) OR pg_get_userbyid(member) IN (${list})
    ORDER BY 1, 2, 3, 4`,
  );
}
