/** AWS list prices of us-east-1 in US dollars. @see https://aws.amazon.com/step-functions/pricing/ and /lambda, /dynamodb, /s3, /sns */
export const LIST_PRICES = {
  stateTransition: 25 / 1_000_000,
  lambdaRequest: 0.2 / 1_000_000,
  /** arm64. */
  lambdaGigabyteSecond: 0.0000133334,
  tableWrite: 0.625 / 1_000_000,
  s3Put: 5 / 1_000_000,
  notice: 0.5 / 1_000_000,
} as const;

/** What an audit entry tells of the work behind it: each step writes about two items and runs for about half a second. */
const WRITES_PER_ENTRY = 2;
const SECONDS_PER_STEP = 0.5;
const MEMORY_GIGABYTES = 0.25;

/** Estimated cost of a run in US dollars, from the number of its steps and audit entries. */
export function estimateCost(counts: {
  readonly steps: number;
  readonly entries: number;
  readonly transitions: number;
}): number {
  return (
    counts.transitions * LIST_PRICES.stateTransition +
    counts.steps *
      (LIST_PRICES.lambdaRequest + SECONDS_PER_STEP * MEMORY_GIGABYTES * LIST_PRICES.lambdaGigabyteSecond) +
    counts.entries * WRITES_PER_ENTRY * LIST_PRICES.tableWrite +
    3 * LIST_PRICES.s3Put +
    2 * LIST_PRICES.notice
  );
}
