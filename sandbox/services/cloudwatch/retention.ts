const DAY_MILLISECONDS = 86_400_000;

/** Finer datapoints than these are told no longer once they are so old; of high resolution the sandbox keeps as of minutes. */
const GRAINS = [
  { days: 15, seconds: 60 },
  { days: 63, seconds: 300 },
  { days: 455, seconds: 3600 },
] as const;

/**
 * Whether a datapoint of that age is still told with a period of that length.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
 */
export function isStillTold(ageMilliseconds: number, periodSeconds: number): boolean {
  const grain = GRAINS.find(({ days }) => ageMilliseconds <= days * DAY_MILLISECONDS);
  if (grain === undefined) return false;
  return grain === GRAINS[0] || periodSeconds % grain.seconds === 0;
}
