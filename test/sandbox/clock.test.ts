import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { createClock } from '../../sandbox/clock.ts';

const WEEKS_MILLISECONDS = 5 * 7 * 86_400_000;

describe('the clock', () => {
  test('starts at the time of the wall and runs as fast as told', async () => {
    const before = Date.now();
    const clock = createClock(1000);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(clock.speed).toBe(1000);
    const origin = clock.now();
    await clock.sleep(60_000);
    expect(clock.now() - origin).toBeGreaterThanOrEqual(60_000);
  });

  test.each([0, -1, Number.NaN])('cannot run at %d', (speed) => {
    expect(() => createClock(speed)).toThrow(RangeError);
  });

  test('keeps time over delays that no timer of Node.js can carry', async () => {
    const clock = createClock(WEEKS_MILLISECONDS / 50);
    const early = vi.fn();
    const cancel = clock.after(1000 * WEEKS_MILLISECONDS, early);
    await clock.sleep(WEEKS_MILLISECONDS);
    expect(early).not.toHaveBeenCalled();
    cancel();
  });

  test('does not overflow into firing at once', async () => {
    const clock = createClock(1);
    const action = vi.fn();
    const cancel = clock.after(2 ** 40, action);
    await wait(20);
    expect(action).not.toHaveBeenCalled();
    cancel();
  });

  test('acts in the order of time, never early', async () => {
    const clock = createClock(1000);
    const order: number[] = [];
    const started = clock.now();
    await Promise.all(
      [30_000, 10_000, 20_000].map(async (milliseconds) => {
        await clock.sleep(milliseconds);
        expect(clock.now() - started).toBeGreaterThanOrEqual(milliseconds);
        order.push(milliseconds);
      }),
    );
    expect(order).toEqual([10_000, 20_000, 30_000]);
  });

  test('runs as the wall does while something works, and never backwards', async () => {
    const clock = createClock(100_000);
    const [first, second] = [clock.work(), clock.work()];
    const began = { sandbox: clock.now(), real: performance.now() };
    await wait(30);
    first();
    first();
    await wait(30);
    const worked = performance.now() - began.real;
    expect(clock.now() - began.sandbox).toBeLessThan(worked + 5);
    second();
    await wait(30);
    expect(clock.now() - began.sandbox).toBeGreaterThan(100_000);
  });

  test('brings timers forward and back as its rate changes', async () => {
    const clock = createClock(1000);
    const done = clock.work();
    const action = vi.fn();
    clock.after(60_000, action);
    await wait(100);
    expect(action).not.toHaveBeenCalled();
    done();
    await clock.sleep(60_000);
    expect(action).toHaveBeenCalledOnce();
  });

  test('tells a child process enough to go on by itself', () => {
    const clock = createClock(50);
    expect(clock.reading().rate).toBe(50);
    const done = clock.work();
    const { sandbox, wall, rate } = clock.reading();
    expect(rate).toBe(1);
    expect(Math.abs(sandbox + (Date.now() - wall) * rate - clock.now())).toBeLessThan(20);
    done();
  });

  test('never works faster than it was told to run', () => {
    const clock = createClock(0.5);
    const done = clock.work();
    expect(clock.reading().rate).toBe(0.5);
    done();
  });

  test('repeats until cancelled, also from within', async () => {
    const clock = createClock(1000);
    let times = 0;
    await new Promise<void>((resolve) => {
      const cancel = clock.every(1000, () => {
        times += 1;
        if (times < 3) return;
        cancel();
        resolve();
      });
    });
    await clock.sleep(5000);
    expect(times).toBe(3);
  });

  test('wakes a sleeper that is aborted, with the reason', async () => {
    const clock = createClock();
    const reason = new Error('enough');
    const controller = new AbortController();
    const sleeping = clock.sleep(3_600_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(clock.sleep(1, controller.signal)).rejects.toBe(reason);
  });
});
