import type { Difference } from './compare-definitions.ts';
import type { RowsVerdict } from './judge-rows.ts';
import type { KeyValue } from './manifest.ts';
import { printed, type TableName } from './names.ts';

/** What became of a table since the manifest. */
export type TableVerdict =
  /** All rows of the manifest are there, and no other. */
  | 'identical'
  /** No row is known to be missing; rows were written since. */
  | 'newer'
  /** Rows are missing or different. */
  | 'different'
  /** It has no rows; it had some. Whether by TRUNCATE or DELETE, nothing tells. */
  | 'truncated'
  | 'dropped'
  /** It was not there. */
  | 'new'
  /** Columns were dropped or have another type, or the primary key is another: the digests cannot be compared. */
  | 'columns changed'
  /** The server says that its files are damaged. */
  | 'unreadable'
  /** The manifest knows nothing of its rows. */
  | 'unchecked';

/** Verdicts that mean a loss or leave one possible. */
const BAD: ReadonlySet<TableVerdict> = new Set([
  'different',
  'truncated',
  'dropped',
  'columns changed',
  'unreadable',
]);

/** Whether a table lost something, or may have. */
export const isLoss = (verdict: TableVerdict): boolean => BAD.has(verdict);

/** Lowest and highest key, where they are others than in the manifest. */
export interface KeyRange {
  readonly was: { readonly lowest: readonly KeyValue[] | null; readonly highest: readonly KeyValue[] | null };
  readonly now: { readonly lowest: readonly KeyValue[] | null; readonly highest: readonly KeyValue[] | null };
}

export interface TableComparison extends TableName {
  readonly verdict: TableVerdict;
  /** For the operator: the table, the verdict, its numbers. */
  readonly summary: string;
  /** How much of the contents was compared: as in the manifest. */
  readonly scope: 'all' | 'buckets' | 'edges' | 'none';
  /** Null where rows could not be compared. */
  readonly rows: RowsVerdict | null;
  /** Null where they are as they were, or were not looked at. */
  readonly keyRange: KeyRange | null;
  /** SQL condition on `FROM ONLY … AS t` that finds the rows that are now in the suspect buckets; null where there are none. */
  readonly suspectRows: string | null;
  /** Columns, indexes, grants. */
  readonly differences: readonly Difference[];
}

export interface Comparison {
  /** Whether no table lost or may have lost anything; differences of indexes and surroundings do not count. */
  readonly passed: boolean;
  /** In the manifest's order; then the new ones. */
  readonly tables: readonly TableComparison[];
  /** Extensions, roles, memberships, settings. */
  readonly surroundings: readonly Difference[];
}

/** Puts the tables' comparisons together. */
export function comparisonOf(
  tables: readonly TableComparison[],
  surroundings: readonly Difference[],
): Comparison {
  return { passed: tables.every(({ verdict }) => !isLoss(verdict)), tables, surroundings };
}

/** Buckets of a table are named in its summary up to this number. */
const MOST_BUCKETS = 8;

/** `public.orders: missing or different: 2 rows at least, in buckets 3 (16 of 17 rows) …`. */
export function summarize(
  table: TableName,
  verdict: TableVerdict,
  rows: RowsVerdict | null,
  keyRange: KeyRange | null,
  reason = '',
): string {
  return `${printed(table)}: ${sentence(verdict, rows, keyRange)}${reason === '' ? '' : `; ${reason}`}`;
}

function sentence(verdict: TableVerdict, rows: RowsVerdict | null, keyRange: KeyRange | null): string {
  switch (verdict) {
    case 'newer':
      return `newer rows: ${rows?.newer}${replaced(rows)}`;
    case 'different':
      return `missing or different: ${rows?.damaged} at least, in ${buckets(rows)}${range(keyRange)}${newer(rows)}`;
    case 'truncated':
      return `truncated: none of ${rows?.damaged} rows is left`;
    case 'new':
      return 'new table, not in the manifest';
    default:
      return verdict;
  }
}

function replaced(rows: RowsVerdict | null): string {
  if (rows === null || rows.replaced === 0) return '';
  const unproven =
    rows.unproven === 0 ? '' : `; ${rows.unproven} rows beside them are counted but not proven`;
  return `, of which ${rows.replaced} stand for rows of the manifest${unproven}`;
}

function newer(rows: RowsVerdict | null): string {
  return rows === null || rows.newer === 0 ? '' : `; newer rows: ${rows.newer}`;
}

function buckets(rows: RowsVerdict | null): string {
  const suspects = rows?.suspects ?? [];
  const shown = suspects
    .slice(0, MOST_BUCKETS)
    .map(({ bucket, expected, found, why }) => `${bucket} (${why}: ${found} of ${expected} rows)`);
  const more = suspects.length > MOST_BUCKETS ? ` and ${suspects.length - MOST_BUCKETS} more` : '';
  return `bucket${suspects.length === 1 ? '' : 's'} ${shown.join(', ')}${more}`;
}

function range(keyRange: KeyRange | null): string {
  if (keyRange === null) return '';
  const key = (values: readonly KeyValue[] | null) =>
    values === null
      ? 'none'
      : values.map(({ kind, value }) => (kind === 'hash' ? 'hashed' : value)).join(', ');
  const { was, now } = keyRange;
  return `; keys are now from (${key(now.lowest)}) to (${key(now.highest)}), were from (${key(was.lowest)}) to (${key(was.highest)})`;
}
