import type { Check } from '../../../schemas/run.ts';
import { countUnfinished, type MigrationTool, readHeads } from '../migration-head.ts';
import type { Session } from '../session.ts';
import { check, judged, listed, notChecked } from './check.ts';
import { selectReadOnly } from './select-read-only.ts';

/** These heads, all of them and no others; or, where it is not known which it will be, only some of these. */
export type ExpectedHeads = readonly string[] | { readonly among: readonly string[] };

/** Where the migration head is found, and what it should be. */
export interface MigrationExpectation {
  /** A tool that we know, or a SELECT that answers one text column with one row per head. */
  readonly source: MigrationTool | { readonly statement: string };
  /** The heads that the database must stand at, in any order; when not given, any head will do. */
  readonly heads?: ExpectedHeads | undefined;
}

const NAME = 'migration head';
/** More heads than this are not heads. */
const MOST_HEADS = 20;
/** What a revision looks like in Alembic, Prisma, Flyway, Liquibase and others. Anything else may be data and is not shown. */
const REVISION = /^[\w.-]{1,128}$/;

/** Whether the database stands at the expected migrations (P-02). */
export function checkMigrations(session: Session, { source, heads }: MigrationExpectation): Promise<Check> {
  return judged(NAME, async () => {
    const found = typeof source === 'string' ? await readHeads(session, source) : await ask(session, source);
    if (found === undefined) return notChecked(NAME, 'the configured statement does not select one column');
    const unfinished = typeof source === 'string' ? await countUnfinished(session, source) : 0;
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
  expected: ExpectedHeads | undefined,
  unfinished = 0,
): Check {
  const shown = found.map((head) => (REVISION.test(head) ? head : '(not a revision)'));
  const measured = [
    `stands at ${listed(shown) || '(none)'}`,
    ...(expected === undefined ? [] : [described(expected)]),
    ...(unfinished === 0 ? [] : [`${unfinished} begun and not finished`]),
  ].join(', ');
  return check(NAME, areAsExpected(new Set(found), expected) && unfinished === 0, measured);
}

function areAsExpected(here: ReadonlySet<string>, expected: ExpectedHeads | undefined): boolean {
  if (expected === undefined) return here.size > 0;
  if ('among' in expected) return here.size > 0 && [...here].every((head) => expected.among.includes(head));
  return here.size === new Set(expected).size && expected.every((head) => here.has(head));
}

const described = (expected: ExpectedHeads) =>
  'among' in expected
    ? `expected among ${listed(expected.among) || '(none)'}`
    : `expected ${listed(expected) || '(none)'}`;

async function ask(
  session: Session,
  { statement }: { readonly statement: string },
): Promise<string[] | undefined> {
  const { rows, fields } = await selectReadOnly(session, statement, MOST_HEADS);
  const [field, ...others] = fields;
  if (field === undefined || others.length > 0) return undefined;
  return rows.map((row) => String(row[field.name]));
}
