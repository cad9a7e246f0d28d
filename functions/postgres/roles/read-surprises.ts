import type { Session } from '../session.ts';

const MAPPINGS = `
  SELECT m.srvname::text AS server
  FROM pg_user_mappings m
  WHERE m.usename = ANY ($1::name[])
    AND NOT EXISTS (SELECT FROM pg_user_mappings o WHERE o.srvid = m.srvid AND o.usename = $2)
  GROUP BY 1
  ORDER BY 1
`;

/** Foreign servers that only a user could log in to: its sessions begin as the owner role, whose mapping is looked for then. */
export async function readMappings(
  session: Pick<Session, 'query'>,
  users: readonly string[],
  ownerRole: string,
): Promise<string[]> {
  const { rows } = await session.query<{ server: string }>(MAPPINGS, [users, ownerRole]);
  return rows.map(({ server }) => server);
}

/** So many are named. */
const MOST_NAMED = 20;

const ASKING = `
  WITH texts AS (
    SELECT 'pg_proc'::regclass AS class, p.oid AS object, 0 AS part, p.prosrc AS text
    FROM pg_proc p
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, 0, concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p
    UNION ALL
    SELECT 'pg_attrdef'::regclass, d.oid, 0, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attrdef d
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, 0, pg_get_viewdef(c.oid)
    FROM pg_class c
    WHERE c.relkind IN ('v', 'm')
      AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema'))
  )
  SELECT i.type || ' ' || i.identity AS name
  FROM texts t
  CROSS JOIN LATERAL pg_identify_object(t.class, t.object, t.part) AS i
  WHERE t.text ~* '\\m(current_user|current_role|user_name|getpgusername)\\M'
    AND coalesce(i.schema, '') NOT IN ('pg_catalog', 'information_schema')
  ORDER BY 1
  LIMIT ${MOST_NAMED}
`;

/** Definitions that ask for the current user, which will be the owner role: a guess by their text. */
export async function readAsking(session: Pick<Session, 'query'>): Promise<string[]> {
  return (await session.query<{ name: string }>(ASKING)).rows.map(({ name }) => name);
}
