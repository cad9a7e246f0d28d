import type { Session } from '../session.ts';
import type { Default } from './ownership.ts';

/**
 * Defaults that users have for what they make, and entries of others that name a user. One that holds in every schema stands in the
 * place of what PostgreSQL would do by itself, so that it may also take something away; one for a schema only adds.
 */
const DEFAULTS = `
  WITH
  users AS (SELECT oid FROM pg_roles WHERE rolname = ANY ($1::name[])),
  entries AS (
    SELECT d.oid, e.grantee, e.privilege_type, e.is_grantable
    FROM pg_default_acl d
    CROSS JOIN aclexplode(d.defaclacl) AS e
  ),
  builtin AS (
    SELECT d.oid, e.grantee, e.privilege_type, e.is_grantable
    FROM pg_default_acl d
    CROSS JOIN aclexplode(
      acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)
    ) AS e
    WHERE d.defaclnamespace = 0
  ),
  changes AS (
    SELECT granted.*, false AS revoked FROM (SELECT * FROM entries EXCEPT SELECT * FROM builtin) AS granted
    UNION ALL
    SELECT taken.*, true FROM (SELECT * FROM builtin EXCEPT SELECT * FROM entries) AS taken
  )
  SELECT
    pg_get_userbyid(d.defaclrole)::text AS definer,
    n.nspname::text AS schema,
    CASE d.defaclobjtype
      WHEN 'r' THEN 'TABLES'
      WHEN 'S' THEN 'SEQUENCES'
      WHEN 'f' THEN 'ROUTINES'
      WHEN 'T' THEN 'TYPES'
      WHEN 'n' THEN 'SCHEMAS'
      WHEN 'L' THEN 'LARGE OBJECTS'
    END AS objects,
    CASE WHEN c.grantee <> 0 THEN pg_get_userbyid(c.grantee)::text END AS grantee,
    c.privilege_type AS privilege,
    c.is_grantable AS grantable,
    c.revoked
  FROM pg_default_acl d
  JOIN changes c ON c.oid = d.oid
  LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  WHERE d.defaclrole IN (SELECT oid FROM users) OR c.grantee IN (SELECT oid FROM users)
  ORDER BY 1, 2 NULLS FIRST, 3, 7 DESC, 4 NULLS FIRST, 5
`;

/** Default privileges that the users have made, and those that others have made for them. */
export async function readDefaults(
  session: Pick<Session, 'query'>,
  users: readonly string[],
  ownerRole: string,
): Promise<Default[]> {
  const { rows } = await session.query<Omit<Default, 'ownerHad'>>(DEFAULTS, [[...users, ownerRole]]);
  const keyOf = (one: Omit<Default, 'ownerHad'>) => JSON.stringify({ ...one, ownerHad: undefined });
  const there = new Set(rows.map(keyOf));
  return (
    rows
      .filter(({ definer, grantee }) => users.includes(definer) || users.includes(grantee ?? ''))
      // What a take-over that was broken off has left: it goes when the next one ends.
      .filter(({ definer, grantee }) => !(users.includes(definer) && grantee === ownerRole))
      .map((one) => ({
        ...one,
        ownerHad: there.has(keyOf(ofOwner({ ...one, ownerHad: false }, users, ownerRole))),
      }))
  );
}

/** The entry with the owner role in the place of the users. */
export function ofOwner(one: Default, users: readonly string[], ownerRole: string): Default {
  const isUser = (role: string | null) => role !== null && users.includes(role);
  return {
    ...one,
    definer: isUser(one.definer) ? ownerRole : one.definer,
    grantee: isUser(one.grantee) ? ownerRole : one.grantee,
  };
}

const UNFINISHED = `
  SELECT count(*)::int AS bridges
  FROM pg_default_acl d
  CROSS JOIN aclexplode(d.defaclacl) AS e
  WHERE d.defaclnamespace = 0
    AND pg_get_userbyid(d.defaclrole) = ANY ($1::name[])
    AND e.grantee = (SELECT oid FROM pg_roles WHERE rolname = $2)
`;

/** Whether the owner role may still use what users make as themselves: what a take-over allows until it ends. */
export async function isUnfinished(
  session: Pick<Session, 'query'>,
  users: readonly string[],
  ownerRole: string,
): Promise<boolean> {
  const { rows } = await session.query<{ bridges: number }>(UNFINISHED, [users, ownerRole]);
  return (rows[0]?.bridges ?? 0) > 0;
}
