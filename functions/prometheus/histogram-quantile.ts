/** An estimate from a histogram. */
export interface Quantile {
  readonly value: number;
  /** It lies in the last bucket, which has no upper bound: it is the value or more. */
  readonly orMore: boolean;
}

/**
 * Estimates a quantile from cumulative counts by upper bound, as Prometheus' `histogram_quantile` does: linearly within a bucket, the first of
 * which begins at zero.
 *
 * @returns undefined without observations, without the bucket of +Inf, or with counts that are no numbers
 */
export function histogramQuantile(
  quantile: number,
  buckets: ReadonlyMap<number, number>,
): Quantile | undefined {
  const sorted = [...buckets].toSorted(([left], [right]) => left - right);
  const last = sorted.at(-1);
  if (sorted.length < 2 || last?.[0] !== Number.POSITIVE_INFINITY) return undefined;
  let most = 0;
  // Counts that fall a little, by rounding or because they were read one after the other, do not count.
  const counts = sorted.map(([, count]) => {
    most = Number.isNaN(count) ? Number.NaN : Math.max(most, count);
    return most;
  });
  const total = counts.at(-1) ?? 0;
  if (!Number.isFinite(total) || total <= 0) return undefined;
  const rank = quantile * total;
  const index = counts.findIndex((count) => count >= rank);
  const bound = (at: number) => sorted[at]?.[0] ?? 0;
  if (index === sorted.length - 1) return { value: bound(index - 1), orMore: true };
  // A first bucket below zero has no beginning that is known.
  if (index === 0 && bound(0) <= 0) return { value: bound(0), orMore: false };
  const start = index === 0 ? 0 : bound(index - 1);
  const below = index === 0 ? 0 : (counts[index - 1] ?? 0);
  const within = (counts[index] ?? 0) - below;
  const share = within === 0 ? 0 : (rank - below) / within;
  return { value: start + (bound(index) - start) * share, orMore: false };
}
