import type { Clock, ClockReading } from './contract.ts';

/** Longest delay that a Node.js timer can carry, in milliseconds. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Work passes at the wall clock's pace: what AWS needs for it is about what this machine needs. */
const WORKING_RATE = 1;

/**
 * A clock that starts at the wall clock's time and runs `speed` times as fast while nothing works for the sandbox. Its
 * timers do not keep the process alive.
 *
 * @param speed sandbox seconds per real second, greater than 0
 * @param onRate told of each change of how fast time passes
 */
export function createClock(speed = 1, onRate: (reading: ClockReading) => void = () => {}): Clock {
  if (!(speed > 0)) throw new RangeError(`The clock's speed must be greater than 0; got ${speed}.`);
  // Since the last change of the rate.
  let base = { sandbox: Date.now(), real: performance.now() };
  let rate = speed;
  let working = 0;
  const armed = new Set<() => void>();
  const exactly = () => base.sandbox + (performance.now() - base.real) * rate;
  const now = () => Math.round(exactly());

  function setRate(next: number): void {
    if (next === rate) return;
    base = { sandbox: exactly(), real: performance.now() };
    rate = next;
    onRate(reading());
    for (const arm of armed) arm();
  }

  function work(): () => void {
    let ended = false;
    working += 1;
    setRate(Math.min(WORKING_RATE, speed));
    return () => {
      if (ended) return;
      ended = true;
      working -= 1;
      if (working === 0) setRate(speed);
    };
  }

  const reading = () => ({ sandbox: now(), wall: Date.now(), rate });

  function after(milliseconds: number, action: () => void): () => void {
    const due = now() + milliseconds;
    let timer: NodeJS.Timeout | undefined;
    const cancel = () => {
      clearTimeout(timer);
      armed.delete(arm);
    };
    const arm = () => {
      clearTimeout(timer);
      const remaining = Math.max(0, (due - now()) / rate);
      timer = setTimeout(
        () => {
          if (now() < due) return arm();
          cancel();
          action();
        },
        Math.min(Math.ceil(remaining), LONGEST_TIMER_MILLISECONDS),
      );
      timer.unref();
    };
    armed.add(arm);
    arm();
    return cancel;
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

  return { speed, work, reading, now, sleep, after, every };
}
