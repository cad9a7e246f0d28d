import type { Selection, Series } from './collect.ts';

/** By how much counters have grown between two scrapes. */
export interface Increase {
  readonly total: number;
  /** By upper bound, of buckets. */
  readonly buckets: ReadonlyMap<number, number>;
  /** Counters that began anew. */
  readonly resets: number;
}

/**
 * Adds up by how much each series has grown. As in Prometheus, one that has shrunk began anew at zero, and has grown to what it is now; sums must not
 * be compared, in which one counter's reset hides in the others' growth. Unlike in Prometheus, a series that was not there before began at
 * zero too: the first error of its kind is the one to be seen.
 */
export function increaseBetween(
  before: Pick<Selection, 'series'>,
  after: Pick<Selection, 'series'>,
): Increase {
  const buckets = new Map<number, number>();
  let total = 0;
  let resets = 0;
  for (const [key, { value, bound }] of after.series) {
    const previous: Series | undefined = before.series.get(key);
    const reset = previous !== undefined && value < previous.value;
    if (reset) resets += 1;
    const grown = previous === undefined || reset ? value : value - previous.value;
    total += grown;
    if (bound !== undefined) buckets.set(bound, (buckets.get(bound) ?? 0) + grown);
  }
  return { total, buckets, resets };
}
