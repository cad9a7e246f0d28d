/** Version that brought privileges on settings, as `server_version_num` has it. */
const PARAMETERS_SINCE = 150_000;

const PARAMETERS = `
    UNION ALL
    SELECT 'pg_parameter_acl'::regclass, p.oid, 0, 10::oid, p.paracl
    FROM pg_parameter_acl p`;

/**
 * Everything on which privileges were granted, with the list of those who have them. What has no list has its type's default: some for
 * everybody, all for the owner.
 *
 * @param columnList what counts as the list of a column (`a`) of a table (`c`)
 */
export const privilegeLists = (serverVersion: number, columnList = 'a.attacl'): string => `
    SELECT 'pg_class'::regclass AS class, c.oid AS object, 0 AS part, c.relowner AS owner, c.relacl AS acl
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relacl IS NOT NULL
    UNION ALL
    SELECT 'pg_class'::regclass, a.attrelid, a.attnum, c.relowner, ${columnList}
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 0, n.nspowner, n.nspacl
    FROM pg_namespace n
    WHERE n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'pg_database'::regclass, d.oid, 0, d.datdba, d.datacl
    FROM pg_database d
    WHERE d.datacl IS NOT NULL
    UNION ALL
    SELECT 'pg_tablespace'::regclass, t.oid, 0, t.spcowner, t.spcacl
    FROM pg_tablespace t
    WHERE t.spcacl IS NOT NULL
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, p.proowner, p.proacl
    FROM pg_proc p
    WHERE p.proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, t.typowner, t.typacl
    FROM pg_type t
    WHERE t.typacl IS NOT NULL
    UNION ALL
    SELECT 'pg_language'::regclass, l.oid, 0, l.lanowner, l.lanacl
    FROM pg_language l
    WHERE l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, 0, w.fdwowner, w.fdwacl
    FROM pg_foreign_data_wrapper w
    WHERE w.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, s.oid, 0, s.srvowner, s.srvacl
    FROM pg_foreign_server s
    WHERE s.srvacl IS NOT NULL
    UNION ALL
    SELECT 'pg_largeobject'::regclass, o.oid, 0, o.lomowner, o.lomacl
    FROM pg_largeobject_metadata o
    WHERE o.lomacl IS NOT NULL${serverVersion >= PARAMETERS_SINCE ? PARAMETERS : ''}`;
