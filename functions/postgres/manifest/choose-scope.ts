import type { Scope } from './manifest.ts';

/** The part of a table's description that decides how much of it is read. */
export interface TableSize {
  readonly critical: boolean;
  readonly unlogged: boolean;
  readonly bytes: number;
  /** Negative: unknown. */
  readonly estimatedRows: number;
  readonly hasKey: boolean;
  /** Whether all columns of the key may be written in clear. */
  readonly keyInClear: boolean;
}

/** How much may be read. */
export interface ReadingLimits {
  /** A larger table that is not critical is not read in full: its rows are estimated. Bytes. */
  readonly estimateAboveBytes: number;
  /** A table up to this size is digested as a whole, critical or not: it costs next to nothing. Bytes. */
  readonly completeUpToBytes: number;
  /** Part of the rows whose contents are digested where a table is not critical; 0 to 1. */
  readonly sampleShare: number;
  /** Most hash buckets of a table; a power of two. */
  readonly buckets: number;
}

/** How a table is read; `edges` stands for the lowest and highest keys, still to be found. */
export interface Reading {
  readonly buckets: number;
  readonly scope: Exclude<Scope, { kind: 'edges' }> | { readonly kind: 'edges' };
}

/** A bucket for about this much of a table: small tables shall not have lists longer than themselves. */
const BYTES_PER_BUCKET = 2048;

/**
 * Decides how much of a table is read. TABLESAMPLE is not among the ways: it picks pages, and an update moves a row to another page,
 * where it would be missed. Hash buckets and key ranges pick the same rows wherever they lie.
 */
export function chooseReading(table: TableSize, limits: ReadingLimits): Reading {
  const buckets = table.hasKey ? bucketsFor(table.bytes, limits.buckets) : 1;
  if (table.unlogged) return nothing('it is unlogged: no restore brings its rows back');
  const small = table.bytes <= Math.min(limits.completeUpToBytes, limits.estimateAboveBytes);
  if (table.critical || small) return { buckets, scope: { kind: 'all' } };
  // Without statistics there is nothing to estimate from.
  if (table.bytes > limits.estimateAboveBytes && table.estimatedRows >= 0)
    return table.keyInClear
      ? { buckets, scope: { kind: 'edges' } }
      : nothing('it is large, not declared critical, and its key has no range that may be written down');
  const covered = Math.min(buckets, Math.ceil(buckets * limits.sampleShare));
  return { buckets, scope: covered === buckets ? { kind: 'all' } : { kind: 'buckets', covered } };
}

function nothing(why: string): Reading {
  return { buckets: 1, scope: { kind: 'none', why } };
}

function bucketsFor(bytes: number, most: number): number {
  const wanted = Math.max(1, bytes / BYTES_PER_BUCKET);
  return Math.min(most, 2 ** Math.ceil(Math.log2(wanted)));
}

/** Columns that applications keep the time of a write in, best first; compared without case and underscores. */
const TIMESTAMP_NAMES = [
  'updatedat',
  'modifiedat',
  'lastmodified',
  'updated',
  'modified',
  'createdat',
  'insertedat',
  'created',
  'occurredat',
  'recordedat',
  'timestamp',
];

/** The column that most likely tells when a row was last written, or undefined. */
export function detectTimestamp(
  columns: readonly { readonly name: string; readonly type: string }[],
): string | undefined {
  const candidates = columns
    .filter(({ type }) => type.startsWith('timestamp'))
    .map(({ name }) => ({ name, rank: TIMESTAMP_NAMES.indexOf(name.toLowerCase().replaceAll('_', '')) }))
    .filter(({ rank }) => rank >= 0);
  return candidates.sort((left, right) => left.rank - right.rank)[0]?.name;
}
