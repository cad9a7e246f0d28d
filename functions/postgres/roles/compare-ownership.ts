import type { Session } from '../session.ts';

/** What belongs to a user instead of the owner role. */
export interface OwnedObject {
  readonly user: string;
  readonly type: string;
  /** Its whole name, quoted where it needs to be. */
  readonly identity: string;
  /** Quoted where it needs to be; null for what is in none. */
  readonly schema: string | null;
  /** Whether it is given away with its table: a sequence of a column. */
  readonly follows: boolean;
}

/** How often another database refers to a user. */
export interface Mentions {
  readonly user: string;
  readonly database: string;
  /** Objects that the user owns there. */
  readonly owned: number;
  /** Objects whose privileges or policies name the user there. */
  readonly named: number;
}

/**
 * In this database, and shared by all. Temporary objects go with their session. Default privileges, which count as objects here, are
 * compared apart.
 */
const OWNED = `
  SELECT
    pg_get_userbyid(s.refobjid)::text AS "user",
    i.type,
    i.identity,
    i.schema,
    EXISTS (
      SELECT FROM pg_depend d
      WHERE d.classid = s.classid AND d.objid = s.objid AND i.type = 'sequence'
        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    ) AS follows
  FROM pg_shdepend s
  CROSS JOIN LATERAL pg_identify_object(s.classid, s.objid, s.objsubid) AS i
  WHERE s.refclassid = 'pg_authid'::regclass
    AND s.refobjid IN (SELECT oid FROM pg_roles WHERE rolname = ANY ($1::name[]))
    AND s.deptype = 'o'
    AND s.classid <> 'pg_default_acl'::regclass
    AND s.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND i.identity IS NOT NULL
    AND coalesce(i.schema, '') !~ '^pg_temp'
  ORDER BY 1, 2, 3
`;

const ELSEWHERE = `
  SELECT
    pg_get_userbyid(s.refobjid)::text AS "user",
    d.datname::text AS database,
    count(*) FILTER (WHERE s.deptype = 'o' AND s.classid <> 'pg_default_acl'::regclass)::int AS owned,
    count(*) FILTER (WHERE s.deptype IN ('a', 'r') OR s.classid = 'pg_default_acl'::regclass)::int AS named
  FROM pg_shdepend s
  JOIN pg_database d ON d.oid = s.dbid
  WHERE s.refclassid = 'pg_authid'::regclass
    AND s.refobjid IN (SELECT oid FROM pg_roles WHERE rolname = ANY ($1::name[]))
    AND d.datname <> current_database()
  GROUP BY 1, 2
  ORDER BY 2, 1
`;

export async function readOwned(
  session: Pick<Session, 'query'>,
  users: readonly string[],
): Promise<OwnedObject[]> {
  return (await session.query<OwnedObject & { [column: string]: unknown }>(OWNED, [users])).rows;
}

/** What other databases of the server say of the users; only how much, because their catalogs are not to be seen from here. */
export async function readMentions(
  session: Pick<Session, 'query'>,
  users: readonly string[],
): Promise<Mentions[]> {
  return (await session.query<Mentions & { [column: string]: unknown }>(ELSEWHERE, [users])).rows;
}

export function tellOwned(objects: readonly OwnedObject[], ownerRole: string): string[] {
  return objects.map(
    ({ user, type, identity }) => `${type} ${identity} belongs to ${user}, not to ${ownerRole}.`,
  );
}

/** Owning is always a difference; being named is one where the other user is not named as often. */
export function tellMentions(
  mentions: readonly Mentions[],
  [one, other]: readonly [string, string],
  ownerRole: string,
): string[] {
  const named = ({ database }: Mentions, user: string) =>
    mentions.find((there) => there.database === database && there.user === user)?.named ?? 0;
  return [
    ...mentions
      .filter(({ owned }) => owned > 0)
      .map(
        ({ user, database, owned }) =>
          `In the database ${database}, ${owned === 1 ? 'one object belongs' : `${owned} objects belong`} to ${user}, not to ${ownerRole}.`,
      ),
    ...[...Map.groupBy(mentions, ({ database }) => database)].flatMap(([database, [first]]) => {
      const [of, than] = [named(first as Mentions, one), named(first as Mentions, other)];
      return of === than
        ? []
        : [
            `In the database ${database}, privileges or policies of ${of} objects name ${one}, and of ${than} name ${other}.`,
          ];
    }),
  ];
}
