import { underDeadline } from '../clients.ts';
import { Transient } from '../errors.ts';

/** A function ends itself this long before Lambda would end it, so that it can still say why. Milliseconds. */
const DEADLINE_MARGIN_MILLISECONDS = 1000;
/** One that is called with less time than the margin still gets this long. Milliseconds. */
const SHORTEST_RUN_MILLISECONDS = 100;

/**
 * Runs `work`, whose signal aborts when the deadline is near.
 *
 * @param name names the function in the error
 * @throws Transient when it was not finished in time
 */
export async function runUntilDeadline<T>(
  name: string,
  remainingMilliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const { signal } = deadline;
  const timer = setTimeout(
    () => deadline.abort(),
    Math.max(remainingMilliseconds - DEADLINE_MARGIN_MILLISECONDS, SHORTEST_RUN_MILLISECONDS),
  );
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(new Transient(`${name} did not finish in time. It is tried again; it does nothing twice.`)),
    );
  });
  try {
    return await Promise.race([underDeadline(signal, () => work(signal)), late]);
  } finally {
    clearTimeout(timer);
  }
}
