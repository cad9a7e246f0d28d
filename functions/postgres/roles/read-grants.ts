import type { Session } from '../session.ts';
import type { Grant } from './ownership.ts';
import { privilegeLists } from './privilege-lists.ts';

/** What belongs to a user or to the owner role is left out: there the owner role may do everything. */
const grants = (serverVersion: number) => `
  WITH
  users AS (SELECT oid FROM pg_roles WHERE rolname = ANY ($1::name[])),
  objects AS (${privilegeLists(serverVersion)}
  )
  SELECT
    pg_get_userbyid(entry.grantee)::text AS "user",
    i.type,
    i.identity,
    quote_ident(a.attname) AS column,
    json_agg(entry.privilege_type ORDER BY entry.privilege_type) AS privileges,
    entry.is_grantable AS grantable,
    pg_get_userbyid(entry.grantor)::text AS grantor,
    coalesce(json_agg(entry.privilege_type) FILTER (WHERE others.had), '[]') AS "ownerHad",
    bool_or(others.passed) AS "passedOn"
  FROM objects o
  CROSS JOIN LATERAL aclexplode(o.acl) AS entry
  CROSS JOIN LATERAL (
    SELECT
      coalesce(bool_or(other.grantor = entry.grantee), false) AS passed,
      coalesce(bool_or(
        other.grantor = entry.grantor
        AND other.privilege_type = entry.privilege_type
        AND other.grantee = (SELECT oid FROM pg_roles WHERE rolname = $2)
      ), false) AS had
    FROM aclexplode(o.acl) AS other
  ) AS others
  CROSS JOIN LATERAL pg_identify_object(o.class, o.object, 0) AS i
  LEFT JOIN pg_attribute a ON o.part > 0 AND a.attrelid = o.object AND a.attnum = o.part
  WHERE entry.grantee IN (SELECT oid FROM users)
    AND o.owner NOT IN (SELECT oid FROM users)
    AND o.owner NOT IN (SELECT oid FROM pg_roles WHERE rolname = $2)
    AND i.identity IS NOT NULL
  GROUP BY entry.grantee, i.type, i.identity, a.attname, entry.is_grantable, entry.grantor
  ORDER BY 1, 2, 3, 4 NULLS FIRST, 6, 7
`;

/** Privileges of the users on what belongs to others. */
export async function readGrants(
  session: Pick<Session, 'query'>,
  users: readonly string[],
  ownerRole: string,
  serverVersion: number,
): Promise<Grant[]> {
  const { rows } = await session.query<Grant>(grants(serverVersion), [users, ownerRole]);
  return rows;
}
