import type { Selection } from '../../prometheus/collect.ts';

/** Clocks of two machines agree to within so much, in seconds. */
const CLOCK_SECONDS = 5;

/**
 * Whether two scrapes were answered by one process, told by when it says it has started. Behind a load balancer they may well not be, and
 * counters of two processes have nothing to do with each other.
 *
 * @param scrapedAt of the first scrape, in seconds since 1970
 */
export function whoAnswered(
  before: Pick<Selection, 'count' | 'sum'> | undefined,
  after: Pick<Selection, 'count' | 'sum'> | undefined,
  scrapedAt: number,
): 'the same' | 'the same, begun anew' | 'another' | 'not told' {
  if (before === undefined || after === undefined || before.count === 0 || after.count === 0)
    return 'not told';
  if (before.count === after.count && before.sum === after.sum) return 'the same';
  const anew =
    before.count === 1 && after.count === 1 && after.sum > Math.max(before.sum, scrapedAt - CLOCK_SECONDS);
  return anew ? 'the same, begun anew' : 'another';
}
