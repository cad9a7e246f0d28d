import type { Session } from '../session.ts';
import type { Policy } from './ownership.ts';

const POLICIES = `
  SELECT
    i.identity AS "table",
    p.polname::text AS policy,
    (SELECT json_agg(r.rolname::text ORDER BY r.rolname) FROM pg_roles r WHERE r.oid = ANY (p.polroles)) AS roles,
    pg_get_userbyid(c.relowner)::text AS "tableOwner"
  FROM pg_policy p
  JOIN pg_class c ON c.oid = p.polrelid
  CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, p.polrelid, 0) AS i
  WHERE p.polroles && ARRAY(SELECT oid FROM pg_roles WHERE rolname = ANY ($1::name[]))
  ORDER BY 1, 2
`;

/** Row-level-security policies that name a user. */
export async function readPolicies(
  session: Pick<Session, 'query'>,
  users: readonly string[],
): Promise<Policy[]> {
  return (await session.query<Policy>(POLICIES, [users])).rows;
}
