/** How many items of a Map Run may fail. Where both are given, either decides. */
export interface FailureTolerance {
  readonly count?: number;
  /** Of all items, 0 to 100. */
  readonly percentage?: number;
}

/**
 * Whether more items have failed or timed out than a Map Run tolerates; without any tolerance, one is too many.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html
 */
export function exceedsTolerance(
  { count, percentage }: FailureTolerance,
  failed: number,
  total: number,
): boolean {
  if (count === undefined && percentage === undefined) return failed > 0;
  return (
    (count !== undefined && failed > count) || (percentage !== undefined && failed * 100 > percentage * total)
  );
}
