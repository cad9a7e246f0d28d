import type { Check, Evidence } from '../../schemas/run.ts';
import type { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed, RunbookError, Transient } from '../errors.ts';
import { expectationsOf } from './expectations.ts';
import { readLogin } from './login.ts';
import { compareWithManifest } from './manifest/compare-with-manifest.ts';
import type { Comparison } from './manifest/comparison.ts';
import { comparisonChecks } from './manifest/evidence.ts';
import { readManifest, type StoredManifest } from './manifest/store.ts';
import { sessionsOf, withinTime } from './manifest/within-time.ts';
import { type Login, openSession } from './session.ts';
import { check, failure, notChecked } from './validate/check.ts';
import { failedConnectivity } from './validate/connectivity.ts';
import type { ExpectedHeads } from './validate/migrations.ts';
import { BUDGET_MILLISECONDS, type Expectations, validateDatabase } from './validate/validate-database.ts';

/** Reading the indexes of a large table takes minutes. */
const STATEMENT_TIMEOUT_MILLISECONDS = 300_000;
/** The comparison reads every row, so it gets most of the time. */
const VALIDATION_SHARE = 0.35;
/** A manifest is taken right before its snapshot. One that is older does not tell a row deleted since from one that is lost. Seconds. */
const SAME_TIME_SECONDS = 900;
const MANIFEST = 'manifest';

/** What a database is proved against. */
export interface Proof {
  /** The moment whose data it holds (ISO 8601), from which freshness is measured; null: now. */
  readonly at: string | null;
  /** Key of the manifest; null where there is none. */
  readonly manifest: string | null;
  /** Where its migrations must stand; what the configuration says when not given. */
  readonly heads?: ExpectedHeads | undefined;
}

/**
 * Proves a restored database: all checks of P-33, with freshness measured from the recovery point, and each table row by row against
 * the manifest. Whatever is not as it should be is a check that did not pass.
 *
 * @throws Transient when another attempt may help
 */
export async function proveDatabase(
  target: DatabaseTarget,
  place: Pick<DatabaseTarget, 'host' | 'port'>,
  { at, manifest, heads }: Proof,
): Promise<Evidence> {
  const started = performance.now();
  const login = await readLogin({ ...target, ...place });
  const { checks: sound } = await validateAt(
    login,
    { ...expectationsOf(target, heads), ...(at ? { asOf: new Date(at) } : {}) },
    BUDGET_MILLISECONDS * VALIDATION_SHARE,
  );
  const left = BUDGET_MILLISECONDS - (performance.now() - started);
  return evidence([...sound, ...(await compareRows(target, login, at, manifest, left))]);
}

/** All checks of a database but the comparison of its rows. A database that cannot be reached is a check that failed. */
export async function validateAt(
  login: Login,
  expectations: Expectations,
  budgetMilliseconds = BUDGET_MILLISECONDS,
): Promise<Evidence> {
  let session: Awaited<ReturnType<typeof openSession>>;
  try {
    session = await openSession(login, { statementTimeoutMilliseconds: STATEMENT_TIMEOUT_MILLISECONDS });
  } catch (error) {
    if (!(error instanceof RunbookError) || error instanceof Transient) throw error;
    return evidence([failedConnectivity(error)]);
  }
  try {
    return await validateDatabase(session, expectations, budgetMilliseconds);
  } finally {
    await session.close();
  }
}

export const evidence = (checks: Check[]): Evidence => ({
  passed: checks.every(({ passed }) => passed),
  checks,
});

/** Which checks did not pass, in one sentence each. */
export function failures({ checks }: Evidence): string {
  return checks
    .filter(({ passed }) => !passed)
    .map(({ name, measured }) => `${name}: ${measured}`)
    .join('; ');
}

async function compareRows(
  { manifest: { excludedSchemas } }: DatabaseTarget,
  login: Login,
  at: string | null,
  key: string | null,
  milliseconds: number,
): Promise<Check[]> {
  if (key === null)
    return [
      check(
        MANIFEST,
        true,
        'NOT PROVED: there is no manifest of these data, so that nothing says whether every row came back',
      ),
    ];
  try {
    const stored = await readManifest(key);
    if (stored === undefined) return [notChecked(MANIFEST, `${key} is gone from the report bucket`)];
    const comparison = await withinTime(milliseconds, sessionsOf(login, milliseconds), (connect, limits) =>
      compareWithManifest(connect, stored.manifest, { ...limits, excludedSchemas }),
    );
    return judgeRows(comparison, stored, at);
  } catch (error) {
    if (error instanceof Transient) throw error;
    // One that cannot be read: it says itself that nothing was changed, which is not for here to say.
    const why = error instanceof PreconditionFailed ? error.message.split('. ')[0] : failure(error);
    return [notChecked(MANIFEST, why ?? '')];
  }
}

/**
 * The comparison as checks. Where the manifest is older than the recovery point, rows that were deleted on purpose in between look
 * like lost ones: then only what the server itself calls damaged fails.
 */
export function judgeRows(
  comparison: Comparison,
  { takenAt }: Pick<StoredManifest, 'takenAt'>,
  at: string | null,
): Check[] {
  const checks = comparisonChecks(comparison);
  const lag = !at ? 0 : Math.round((Date.parse(at) - Date.parse(takenAt)) / 1000);
  const isDamaged = comparison.tables.some(({ verdict }) => verdict === 'unreadable');
  if (lag <= SAME_TIME_SECONDS || isDamaged) return checks;
  return checks.map((one) =>
    one.passed
      ? one
      : {
          ...one,
          passed: true,
          measured: `NOT PROVED: the manifest is ${Math.round(lag / 60)} minutes older than the recovery point, and what was deleted on purpose in between looks the same: ${one.measured}`,
        },
  );
}
