import type { Check } from '../../../schemas/run.ts';
import { type MigrationTool, readHeads } from '../migration-head.ts';
import type { Session } from '../session.ts';
import { check, judged, listed, notChecked } from './check.ts';
import { selectReadOnly } from './select-read-only.ts';

/** Where the migration head is found, and what it should be. */
export interface MigrationExpectation {
  /** A tool that we know, or a SELECT that answers one text column with one row per head. */
  readonly source: MigrationTool | { readonly statement: string };
  /** The heads that the database must stand at, in any order; when not given, any head will do. */
  readonly heads?: readonly string[] | undefined;
}

const NAME = 'migration head';
/** More heads than this are not heads. */
const MOST_HEADS = 20;
/** What a revision looks like in Alembic, Prisma, Flyway, Liquibase and others. Anything else may be data and is not shown. */
const REVISION = /^[\w.-]{1,128}$/;

/** Migrations that Prisma began and neither finished nor rolled back; it applies no other until that is resolved. */
const UNFINISHED_IN_PRISMA = `
  SELECT count(*)::int AS count
  FROM _prisma_migrations
  WHERE finished_at IS NULL
    AND rolled_back_at IS NULL`;

/** Whether the database stands at the expected migrations (P-02). */
export function checkMigrations(session: Session, { source, heads }: MigrationExpectation): Promise<Check> {
  return judged(NAME, async () => {
    const found = typeof source === 'string' ? await readHeads(session, source) : await ask(session, source);
    if (found === undefined) return notChecked(NAME, 'the configured statement does not select one column');
    const unfinished = source === 'prisma' ? await unfinishedInPrisma(session) : 0;
    return judgeHeads(found, heads, unfinished);
  });
}

/**
 * Compares heads, in any order.
 *
 * @param unfinished number of migrations that were begun only
 */
export function judgeHeads(
  found: readonly string[],
  expected: readonly string[] | undefined,
  unfinished = 0,
): Check {
  const here = new Set(found);
  const same =
    expected === undefined
      ? here.size > 0
      : here.size === new Set(expected).size && expected.every((head) => here.has(head));
  const shown = found.map((head) => (REVISION.test(head) ? head : '(not a revision)'));
  const measured = [
    `stands at ${listed(shown) || '(none)'}`,
    ...(expected === undefined ? [] : [`expected ${listed(expected) || '(none)'}`]),
    ...(unfinished === 0 ? [] : [`${unfinished} begun and not finished`]),
  ].join(', ');
  return check(NAME, same && unfinished === 0, measured);
}

async function ask(
  session: Session,
  { statement }: { readonly statement: string },
): Promise<string[] | undefined> {
  const { rows, fields } = await selectReadOnly(session, statement, MOST_HEADS);
  const [field, ...others] = fields;
  if (field === undefined || others.length > 0) return undefined;
  return rows.map((row) => String(row[field.name]));
}

async function unfinishedInPrisma(session: Session): Promise<number> {
  const { rows } = await session.query<{ count: number }>(UNFINISHED_IN_PRISMA);
  return rows[0]?.count ?? 0;
}
