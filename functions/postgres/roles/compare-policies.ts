import type { Session } from '../session.ts';

/** A row-level-security policy that holds for one of two users and not for the other. */
export interface UnevenPolicy {
  readonly table: string;
  readonly policy: string;
  /** Whether it is the first user for whom it holds. */
  readonly first: boolean;
}

const UNEVEN_POLICIES = `
  SELECT policies.table, policies.policy, policies.one AS first
  FROM (
    SELECT
      p.polrelid::regclass::text AS "table",
      p.polname::text AS policy,
      bool_or(pg_has_role($1::name, r.oid, 'USAGE')) AS one,
      bool_or(pg_has_role($2::name, r.oid, 'USAGE')) AS other
    FROM pg_policy p
    JOIN pg_roles r ON r.oid = ANY (p.polroles)
    WHERE NOT 0::oid = ANY (p.polroles)
      AND (
        r.rolname IN ($1::name, $2::name)
        OR (pg_has_role($1::name, r.oid, 'USAGE') AND pg_has_role($2::name, r.oid, 'USAGE'))
      )
    GROUP BY 1, 2
  ) AS policies
  WHERE policies.one <> policies.other
  ORDER BY 1, 2
`;

export async function readUnevenPolicies(
  session: Pick<Session, 'query'>,
  [one, other]: readonly [string, string],
): Promise<UnevenPolicy[]> {
  const { rows } = await session.query<UnevenPolicy & { [column: string]: unknown }>(UNEVEN_POLICIES, [
    one,
    other,
  ]);
  return rows;
}

export function tellPolicies(
  policies: readonly UnevenPolicy[],
  [one, other]: readonly [string, string],
): string[] {
  return policies.map(({ table, policy, first }) => {
    const [has, lacks] = first ? [one, other] : [other, one];
    return `The row-level-security policy ${policy} on ${table} holds for ${has} and not for ${lacks}.`;
  });
}
