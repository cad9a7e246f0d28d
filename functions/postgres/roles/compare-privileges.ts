import type { Session } from '../session.ts';
import { privilegeLists } from './privilege-lists.ts';

/** A privilege that one of two users has and the other has not. */
export interface UnevenPrivilege {
  /** `table`, `schema`, `function` … and its whole name, quoted where it needs to be. */
  readonly type: string;
  readonly identity: string;
  readonly privilege: string;
  /** Whether it is the first user that has it. */
  readonly first: boolean;
}

/**
 * A privilege counts for a user who has it by itself, by a role that both are members of, or because everybody has it. What comes with
 * a role that only one is a member of is left out: the membership is told.
 */
const unevenPrivileges = (lists: string) => `
  WITH
  holders AS (
    SELECT 0::oid AS oid, true AS one, true AS other
    UNION ALL
    SELECT r.oid, pg_has_role($1::name, r.oid, 'USAGE'), pg_has_role($2::name, r.oid, 'USAGE')
    FROM pg_roles r
    WHERE r.rolname IN ($1::name, $2::name)
      OR (pg_has_role($1::name, r.oid, 'USAGE') AND pg_has_role($2::name, r.oid, 'USAGE'))
  ),
  uneven AS (SELECT oid FROM holders WHERE one <> other),
  objects AS (${lists}
  ),
  differences AS (
    SELECT o.class, o.object, o.part, p.privilege, bool_or(h.one) AS one
    FROM objects o
    CROSS JOIN aclexplode(o.acl) AS entry
    JOIN holders h ON h.oid = entry.grantee
    CROSS JOIN LATERAL (
      SELECT entry.privilege_type AS privilege
      UNION ALL
      SELECT entry.privilege_type || ' WITH GRANT OPTION' WHERE entry.is_grantable
    ) AS p
    WHERE o.owner NOT IN (SELECT oid FROM uneven)
    GROUP BY o.class, o.object, o.part, p.privilege
    HAVING bool_or(h.one) <> bool_or(h.other)
  )
  SELECT i.type, i.identity, d.privilege, d.one AS first
  FROM differences d
  CROSS JOIN LATERAL pg_identify_object(d.class, d.object, d.part) AS i
  WHERE i.identity IS NOT NULL
  ORDER BY i.type, i.identity, d.one DESC, d.privilege
`;

/** The privileges that only one of two users has, in this database and on what all databases share. */
export async function readUnevenPrivileges(
  session: Pick<Session, 'query'>,
  [one, other]: readonly [string, string],
  serverVersion: number,
): Promise<UnevenPrivilege[]> {
  // A column's privileges are those of its table, too.
  const lists = privilegeLists(serverVersion, `a.attacl || coalesce(c.relacl, acldefault('r', c.relowner))`);
  const { rows } = await session.query<UnevenPrivilege & { [column: string]: unknown }>(
    unevenPrivileges(lists),
    [one, other],
  );
  return rows;
}

/** One sentence for each object and user: `app may SELECT and INSERT on table public.orders, app_b may not.` */
export function tellPrivileges(
  privileges: readonly UnevenPrivilege[],
  [one, other]: readonly [string, string],
): string[] {
  const grouped = Map.groupBy(privileges, ({ type, identity, first }) =>
    JSON.stringify([type, identity, first]),
  );
  return [...grouped.values()].map((group) => {
    const [{ type, identity, first }] = group as [UnevenPrivilege];
    const words = group.map(({ privilege }) => privilege);
    const listed = words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
    const [has, lacks] = first ? [one, other] : [other, one];
    return `${has} may ${listed} on ${type} ${identity}, ${lacks} may not.`;
  });
}
