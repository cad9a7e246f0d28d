/**
 * The smallest value that at least so many percent of the values do not exceed (nearest rank): always one that was measured.
 * NaN of no values.
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
