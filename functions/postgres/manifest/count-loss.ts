import type { Loss } from '../../rds/state.ts';
import { listed } from '../validate/check.ts';
import type { Comparison, TableVerdict } from './comparison.ts';
import { printed } from './names.ts';

export type Counted = Omit<Loss, 'seconds'>;

/** A manifest is taken right before its snapshot; one that is older than this counts other rows too. Seconds. */
const SAME_TIME_SECONDS = 900;
/** Tables that a plan and its state have room for. */
const MOST_TABLES = 200;

/** Tables that a restore mends. */
const DAMAGED: ReadonlySet<TableVerdict> = new Set(['different', 'truncated', 'dropped', 'unreadable']);
/** Tables whose newer rows nobody can count. */
const UNKNOWN: ReadonlySet<TableVerdict> = new Set(['unchecked', 'columns changed', 'unreadable']);

/**
 * What going back to a recovery point would lose and bring back, from the comparison of the live database with the manifest of then.
 *
 * @param takenAt when the manifest was taken
 * @param at the recovery point, at or after it
 */
export function countLoss({ tables }: Comparison, takenAt: string, at: string): Counted {
  const named = (verdicts: (verdict: TableVerdict) => boolean) =>
    tables.filter(({ verdict }) => verdicts(verdict)).map(printed);
  const rows = tables
    .flatMap((table) => {
      const newer = table.rows?.newer ?? 0;
      return newer > 0 ? [{ table: printed(table), rows: newer }] : [];
    })
    .toSorted((left, right) => right.rows - left.rows);
  const returning = tables
    .filter(({ verdict }) => DAMAGED.has(verdict))
    .map(({ summary }) => summary)
    .slice(0, MOST_TABLES);
  const added = named((verdict) => verdict === 'new');
  const unknown = named((verdict) => UNKNOWN.has(verdict));
  const partly = tables
    .filter(({ scope, verdict }) => scope === 'edges' && !DAMAGED.has(verdict))
    .map(printed);
  const lag = Math.round((Date.parse(at) - Date.parse(takenAt)) / 1000);
  return {
    tables: rows.slice(0, MOST_TABLES),
    returning,
    warnings: [
      ...(rows.length > MOST_TABLES
        ? [`Rows were written to ${rows.length} tables; the ${MOST_TABLES} with the most are counted.`]
        : []),
      ...(added.length === 0
        ? []
        : [`Tables that were made since would be gone, with rows that were not counted: ${listed(added)}.`]),
      ...(unknown.length === 0 ? [] : [`Rows of these tables could not be counted: ${listed(unknown)}.`]),
      ...(partly.length === 0
        ? []
        : [`Of these large tables only the ends were counted: ${listed(partly)}.`]),
      ...(lag > SAME_TIME_SECONDS
        ? [
            `Rows are counted from the manifest of ${takenAt.slice(0, 19)}Z, ${Math.round(lag / 60)} minutes before the recovery point: fewer are lost. Rows that were deleted on purpose in between look like damage.`,
          ]
        : []),
    ],
  };
}
