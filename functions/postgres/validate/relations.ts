import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { check, judged, listed } from './check.ts';
import { parseRelation, quoted, type RelationName } from './relation-name.ts';

/** `pg_class.relkind` of what counts as a table, and as an index; partitioned ones included. */
const KINDS = { tables: ['r', 'p'], indexes: ['i', 'I'] } as const;

/** A relation's OID and `pg_class.relkind`, or undefined. */
export async function findRelation(
  session: Session,
  { schema, name }: RelationName,
): Promise<{ oid: number; kind: string } | undefined> {
  const { rows } = await session.query<{ oid: number; kind: string }>(
    `SELECT c.oid, c.relkind::text AS kind
     FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1
       AND c.relname = $2`,
    [schema, name],
  );
  return rows[0];
}

/** Whether the tables exist. A view of the name is none. */
export function checkTables(session: Session, names: readonly string[]): Promise<Check> {
  return checkExist(session, 'tables', names);
}

/** Whether the indexes exist; whether they are valid is asked for all indexes elsewhere. */
export function checkIndexes(session: Session, names: readonly string[]): Promise<Check> {
  return checkExist(session, 'indexes', names);
}

function checkExist(session: Session, what: keyof typeof KINDS, names: readonly string[]): Promise<Check> {
  return judged(what, async () => {
    const wrong: string[] = [];
    for (const name of names.map(parseRelation)) {
      const relation = await findRelation(session, name);
      if (relation === undefined) wrong.push(quoted(name));
      else if (!(KINDS[what] as readonly string[]).includes(relation.kind))
        wrong.push(`${quoted(name)} (something else has this name)`);
    }
    return check(
      what,
      wrong.length === 0,
      `${names.length - wrong.length} of ${names.length} exist${wrong.length === 0 ? '' : `, missing: ${listed(wrong)}`}`,
    );
  });
}
