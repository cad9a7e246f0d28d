/** The parts of a `pg_snapshot` text, `xmin:xmax:xip,…`, in 64-bit transaction ids. */
export interface SnapshotParts {
  /** All transactions before it had ended. */
  readonly xmin: bigint;
  /** None from it on had begun. */
  readonly xmax: bigint;
}

/**
 * How a row version that is visible now stood to the manifest's snapshot: `old`, it was visible; `newer`, it was not; `beyond`,
 * it was not and its key is above the highest of then, so it replaces no row; `window`, not decidable (see {@link classOfRow}).
 */
export type RowClass = 'old' | 'window' | 'newer' | 'beyond';

export function parseSnapshot(text: string): SnapshotParts {
  const [xmin, xmax] = text.split(':');
  return { xmin: BigInt(xmin ?? ''), xmax: BigInt(xmax ?? '') };
}

/**
 * SQL expression for the {@link RowClass} of a row of `t`, from the transaction that wrote this version of it (`xmin`).
 *
 * The rules, and what follows from them:
 * - `xmin` has 32 bits. It is counted back from the next transaction id of now, which has 64. Ids more than 2³¹ back can only be
 *   those of frozen rows, so old ones.
 * - A frozen row keeps its `xmin` (since 9.4), so freezing hides nothing. But a row frozen more than 2³² transactions ago can
 *   bear, by wrap-around, an id that looks newer than the snapshot. The chance is that of the share of the id space used since
 *   the manifest; such a row is called a replaced one, not a missing one.
 * - Ids 1 and 2 are permanent: written by initdb, or frozen by a server before 9.4.
 * - `pg_visible_in_snapshot` is wrong for subtransactions (savepoints, exception blocks): a snapshot lists only top-level ids. So
 *   between the snapshot's xmin and xmax, an id that is not listed may be a committed transaction or a part of one then in
 *   progress. These rows are a class of their own, `window`, and the counts decide.
 * - An update leaves a version with a newer `xmin`, and of the old one nothing that can be read: it is told from a loss only by
 *   a newer row in the same bucket. A deletion leaves nothing at all: it cannot be told from a loss.
 *
 * @param snapshot the manifest's; `pg_current_snapshot()` as text
 * @param now that of the transaction in which the expression runs
 * @param beyond SQL condition: the row's key is above the manifest's highest; undefined where that cannot be told
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 * @see https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
 */
export function classOfRow(snapshot: string, now: string, beyond: string | undefined): string {
  const { xmin, xmax } = parseSnapshot(snapshot);
  const next = parseSnapshot(now).xmax;
  const raw = 't.xmin::text::bigint';
  const back = `((${next} - ${raw}) & 4294967295)`;
  const full = `(${next} - ${back})`;
  // Old rows are the most by far: one comparison, as the way from an xid to a number is a long one.
  const age = next - xmin < 2147483647n ? next - xmin : 2147483647n;
  const newer = beyond === undefined ? `'newer'` : `CASE WHEN ${beyond} THEN 'beyond' ELSE 'newer' END`;
  return `CASE
    WHEN ${back} > ${age} OR ${raw} < 3 THEN 'old'
    WHEN ${full} >= ${xmax} OR NOT pg_visible_in_snapshot(${full}::text::xid8, '${snapshot}'::pg_snapshot)
      THEN ${newer}
    ELSE 'window'
  END`;
}
