import type { Check, Evidence } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { type Assertion, checkAssertion } from './assertions.ts';
import { withBudget } from './budget.ts';
import { checkCollations } from './collations.ts';
import { checkConnectivity } from './connectivity.ts';
import { checkFreshness, type FreshnessExpectation } from './freshness.ts';
import { checkIndexIntegrity } from './index-integrity.ts';
import { checkInvalidIndexes } from './invalid-indexes.ts';
import { checkMigrations, type MigrationExpectation } from './migrations.ts';
import { checkIndexes, checkTables } from './relations.ts';
import { checkServerVersion } from './server-version.ts';

/** What a database must be like; what is not given is not checked. */
export interface Expectations {
  /** For the median of three round trips. */
  readonly latencyLimitMilliseconds?: number | undefined;
  /** Major version of PostgreSQL, such as 17. */
  readonly majorVersion?: number | undefined;
  readonly migrations?: MigrationExpectation | undefined;
  /** Tables that must exist, as `schema.table`. */
  readonly tables?: readonly string[] | undefined;
  /** Indexes that must exist, as `schema.index`. */
  readonly indexes?: readonly string[] | undefined;
  /** Tables whose B-tree indexes are checked with amcheck. */
  readonly criticalTables?: readonly string[] | undefined;
  /** Also look every row of the critical tables up in its indexes. */
  readonly heapAllIndexed?: boolean | undefined;
  readonly freshness?: readonly FreshnessExpectation[] | undefined;
  /** Time that freshness is measured from, such as that of the snapshot; now when not given. */
  readonly asOf?: Date | undefined;
  readonly assertions?: readonly Assertion[] | undefined;
}

/** As long as a Lambda function may take, less what it needs itself. */
export const BUDGET_MILLISECONDS = 840_000;

/**
 * Makes all checks one after the other (P-02, P-33), those first that are quick and explain the others. What the time does not
 * suffice for is marked as not checked, and then the whole has not passed.
 *
 * @param budgetMilliseconds for all checks together
 */
export async function validateDatabase(
  session: Session,
  expectations: Expectations,
  budgetMilliseconds = BUDGET_MILLISECONDS,
): Promise<Evidence> {
  const { majorVersion, migrations, tables = [], indexes = [], asOf } = expectations;
  const { criticalTables = [], heapAllIndexed, freshness = [], assertions = [] } = expectations;
  const within = withBudget(session, budgetMilliseconds);
  const checks: Check[] = [];
  try {
    checks.push(await checkConnectivity(within, expectations.latencyLimitMilliseconds));
    if (majorVersion !== undefined) checks.push(await checkServerVersion(within, majorVersion));
    if (migrations !== undefined) checks.push(await checkMigrations(within, migrations));
    if (tables.length > 0) checks.push(await checkTables(within, tables));
    if (indexes.length > 0) checks.push(await checkIndexes(within, indexes));
    checks.push(await checkInvalidIndexes(within), await checkCollations(within));
    for (const expected of freshness) checks.push(await checkFreshness(within, expected, asOf));
    for (const assertion of assertions) checks.push(await checkAssertion(within, assertion));
    // The slowest last.
    checks.push(...(await checkIndexIntegrity(within, criticalTables, { heapAllIndexed })));
  } finally {
    // Back to what the session was opened with.
    await session.query('RESET statement_timeout').catch(() => {});
  }
  return { passed: checks.every(({ passed }) => passed), checks };
}
