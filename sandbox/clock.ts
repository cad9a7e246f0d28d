import type { Clock } from './contract.ts';

/** Longest delay that a Node.js timer can carry, in milliseconds. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/**
 * A clock that starts at the wall clock's time and runs `speed` times as fast. Its timers do not keep the process alive.
 *
 * @param speed sandbox seconds per real second, greater than 0
 */
export function createClock(speed = 1): Clock {
  if (!(speed > 0)) throw new RangeError(`The clock's speed must be greater than 0; got ${speed}.`);
  const origin = Date.now();
  const started = performance.now();
  const now = () => Math.round(origin + (performance.now() - started) * speed);

  function after(milliseconds: number, action: () => void): () => void {
    const due = now() + milliseconds;
    let timer: NodeJS.Timeout;
    const arm = () => {
      const remaining = Math.max(0, (due - now()) / speed);
      timer = setTimeout(
        () => (now() >= due ? action() : arm()),
        Math.min(Math.ceil(remaining), LONGEST_TIMER_MILLISECONDS),
      );
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }

  function every(milliseconds: number, action: () => void): () => void {
    let stopped = false;
    let cancel = () => {};
    const next = () => {
      cancel = after(milliseconds, () => {
        if (stopped) return;
        next();
        action();
      });
    };
    next();
    return () => {
      stopped = true;
      cancel();
    };
  }

  function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = after(milliseconds, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  return { speed, origin, now, sleep, after, every };
}
