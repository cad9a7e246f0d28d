import pg from 'pg';
import type { Session } from '../session.ts';
import type { OwnedObject } from './compare-ownership.ts';
import { withRoles } from './with-roles.ts';

/** How ALTER calls what the catalog calls otherwise. */
const KEYWORDS: Readonly<Record<string, string>> = {
  function: 'ROUTINE',
  procedure: 'ROUTINE',
  aggregate: 'ROUTINE',
  'statistics object': 'STATISTICS',
};
/** Their owner must be allowed to create in the database. */
const NEEDS_DATABASE = new Set(['schema', 'publication', 'subscription']);

/** Whether a role may create in a schema or in the database, and to whom those belong. */
const MAY_CREATE = `
  SELECT
    has_database_privilege($1::name, d.oid, 'CREATE') AS "inDatabase",
    pg_get_userbyid(d.datdba)::text AS "databaseOwner",
    quote_ident(d.datname) AS database,
    coalesce(has_schema_privilege($1::name, n.oid, 'CREATE'), true) AS "inSchema",
    pg_get_userbyid(n.nspowner)::text AS "schemaOwner"
  FROM pg_database d
  LEFT JOIN pg_namespace n ON quote_ident(n.nspname) = $2
  WHERE d.datname = current_database()
`;
interface MayCreate {
  inDatabase: boolean;
  databaseOwner: string;
  database: string;
  inSchema: boolean;
  schemaOwner: string | null;
  [column: string]: unknown;
}

/**
 * Gives one object to another role, in a transaction of its own: its lock is held for as short as can be. Where the new owner may not create
 * where the object is, which PostgreSQL asks of it, it may for the time of the transaction.
 *
 * @throws an error of PostgreSQL's; nothing was changed then
 */
export async function giveObject(
  session: Pick<Session, 'query'>,
  { user: from, type, identity, schema }: OwnedObject,
  to: string,
): Promise<void> {
  const { rows } = await session.query<MayCreate>(MAY_CREATE, [to, schema]);
  const [may] = rows as [MayCreate];
  const lent: { readonly on: string; readonly by: string }[] = [];
  if (!may.inSchema && may.schemaOwner !== null) lent.push({ on: `SCHEMA ${schema}`, by: may.schemaOwner });
  if (!may.inDatabase && NEEDS_DATABASE.has(type))
    lent.push({ on: `DATABASE ${may.database}`, by: may.databaseOwner });
  const role = pg.escapeIdentifier(to);
  await withRoles(session, [from, to, ...lent.map(({ by }) => by)], async () => {
    for (const { on } of lent) await session.query(`GRANT CREATE ON ${on} TO ${role}`);
    await session.query(`ALTER ${KEYWORDS[type] ?? type.toUpperCase()} ${identity} OWNER TO ${role}`);
    for (const { on } of lent) await session.query(`REVOKE CREATE ON ${on} FROM ${role}`);
  });
}

/** Gives everything that is left: extensions, which have no command of their own. Shared objects go along. */
export async function giveRest(session: Pick<Session, 'query'>, from: string, to: string): Promise<void> {
  await withRoles(session, [from, to], async () => {
    await session.query(`REASSIGN OWNED BY ${pg.escapeIdentifier(from)} TO ${pg.escapeIdentifier(to)}`);
  });
}
