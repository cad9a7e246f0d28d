import type { Session } from '../session.ts';

/** One privilege of one default (ALTER DEFAULT PRIVILEGES), or the default itself where it gives nothing to anybody. */
export interface DefaultPrivilege {
  /** Role whose new objects it is for. */
  readonly definer: string;
  /** Null: in every schema. */
  readonly schema: string | null;
  readonly objects: string;
  /** Null for PUBLIC; `definer` is said as itself. */
  readonly grantee: string | null;
  /** With ` WITH GRANT OPTION` where it may be passed on; null where the default gives nothing to anybody. */
  readonly privilege: string | null;
  /** Whether it counts for the first and for the second user. */
  readonly one: boolean;
  readonly other: boolean;
}

const DEFAULT_PRIVILEGES = `
  WITH holders AS (
    SELECT 0::oid AS oid, true AS one, true AS other
    UNION ALL
    SELECT r.oid, pg_has_role($1::name, r.oid, 'USAGE'), pg_has_role($2::name, r.oid, 'USAGE')
    FROM pg_roles r
    WHERE r.rolname IN ($1::name, $2::name)
      OR (pg_has_role($1::name, r.oid, 'USAGE') AND pg_has_role($2::name, r.oid, 'USAGE'))
  )
  SELECT
    pg_get_userbyid(d.defaclrole)::text AS definer,
    n.nspname::text AS schema,
    CASE d.defaclobjtype
      WHEN 'r' THEN 'tables'
      WHEN 'S' THEN 'sequences'
      WHEN 'f' THEN 'functions'
      WHEN 'T' THEN 'types'
      WHEN 'n' THEN 'schemas'
      WHEN 'L' THEN 'large objects'
      ELSE d.defaclobjtype::text
    END AS objects,
    CASE WHEN entry.grantee <> 0 THEN pg_get_userbyid(entry.grantee)::text END AS grantee,
    entry.privilege_type || CASE WHEN entry.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS privilege,
    coalesce(h.one, false) AS one,
    coalesce(h.other, false) AS other
  FROM pg_default_acl d
  LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
  LEFT JOIN LATERAL aclexplode(d.defaclacl) AS entry ON true
  LEFT JOIN holders h ON h.oid = entry.grantee
  ORDER BY 1, 2 NULLS FIRST, 3, 4 NULLS FIRST, 5
`;

export async function readDefaultPrivileges(
  session: Pick<Session, 'query'>,
  [one, other]: readonly [string, string],
): Promise<DefaultPrivilege[]> {
  const { rows } = await session.query<DefaultPrivilege & { [column: string]: unknown }>(DEFAULT_PRIVILEGES, [
    one,
    other,
  ]);
  return rows;
}

/** Defaults that only one user has for what it makes, and those of others that count for one user only. */
export function tellDefaultPrivileges(
  privileges: readonly DefaultPrivilege[],
  users: readonly [string, string],
): string[] {
  const [one, other] = users;
  const kinds = Map.groupBy(privileges, ({ schema, objects }) => JSON.stringify([schema, objects]));
  return [...kinds.values()].flatMap((kind) => {
    const [{ schema, objects }] = kind as [DefaultPrivilege];
    const what = `new ${objects}${schema === null ? '' : ` in the schema ${schema}`}`;
    const [of, than] = users.map((user) => definedBy(user, kind));
    return [
      ...(of === than ? [] : [`Privileges on ${what} are not the same for those of ${one} and of ${other}.`]),
      ...ofOthers(kind, users).map(
        ({ definer, privilege, first }) =>
          `${first ? one : other} is given ${privilege} on ${what} of ${definer}, ${first ? other : one} is not.`,
      ),
    ];
  });
}

/** What others give to one of the users and not to the other, by whatever role. */
function ofOthers(kind: readonly DefaultPrivilege[], users: readonly string[]) {
  const given = Map.groupBy(
    kind.filter(({ definer }) => !users.includes(definer)),
    ({ definer, privilege }) => JSON.stringify([definer, privilege]),
  );
  return [...given.values()].flatMap((grants) => {
    const [{ definer, privilege }] = grants as [DefaultPrivilege];
    const [first, second] = [grants.some(({ one }) => one), grants.some(({ other }) => other)];
    return first === second ? [] : [{ definer, privilege, first }];
  });
}

/** What a user's own default is, the user itself left unnamed; undefined without one. */
function definedBy(user: string, kind: readonly DefaultPrivilege[]): string | undefined {
  const own = kind.filter(({ definer }) => definer === user);
  if (own.length === 0) return undefined;
  return JSON.stringify(
    own
      .map(({ grantee, privilege }) =>
        JSON.stringify([grantee === user ? { itself: true } : grantee, privilege]),
      )
      .toSorted(),
  );
}
