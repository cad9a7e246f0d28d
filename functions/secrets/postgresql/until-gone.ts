import { setTimeout as pause } from 'node:timers/promises';

/** A session that is ended is gone within moments. Milliseconds. */
const LONGEST_WAIT_MILLISECONDS = 3000;
const INTERVAL_MILLISECONDS = 50;

/** Looks until nobody is left, for a while; how many are. */
export async function untilGone(
  look: () => Promise<readonly unknown[]>,
  signal: AbortSignal,
): Promise<number> {
  const end = performance.now() + LONGEST_WAIT_MILLISECONDS;
  for (;;) {
    const { length } = await look();
    if (length === 0 || performance.now() >= end) return length;
    await pause(INTERVAL_MILLISECONDS, undefined, { signal });
  }
}
