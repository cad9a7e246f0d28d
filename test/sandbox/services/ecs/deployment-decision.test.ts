import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  circuitBreakerThreshold,
  isSteady,
  restartPause,
  schedule,
  type TaskCounts,
} from '../../../../sandbox/services/ecs/deployment-decision.ts';

/** Healthy tasks that must stay, and tasks that there may be: the minimum is rounded up, the maximum down. */
const limits = (desired: number, minimumHealthyPercent: number, maximumPercent: number) => ({
  lower: Math.ceil((desired * minimumHealthyPercent) / 100),
  upper: Math.floor((desired * maximumPercent) / 100),
});
const configuration = fc.record({
  desired: fc.integer({ min: 0, max: 12 }),
  minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
  maximumPercent: fc.integer({ min: 100, max: 200 }),
});
const counts = fc
  .tuple(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 24 }))
  .map(([one, other]): TaskCounts => ({ total: Math.max(one, other), healthy: Math.min(one, other) }));
const all = (total: number): TaskCounts => ({ total, healthy: total });

describe('a rolling deployment', () => {
  test.each<
    [
      what: string,
      percents: [minimum: number, maximum: number],
      primary: TaskCounts,
      old: TaskCounts,
      plan: [start: number, stopOld: number, stopNew: number],
    ]
  >([
    ['the first tasks start at once', [100, 200], all(0), all(0), [4, 0, 0]],
    ['all new tasks start beside the old', [100, 200], all(0), all(4), [4, 0, 0]],
    ['old tasks stay until new are healthy', [100, 200], { total: 4, healthy: 0 }, all(4), [0, 0, 0]],
    ['although fewer would do', [50, 200], { total: 4, healthy: 0 }, all(4), [0, 0, 0]],
    ['an old task goes for each new one', [100, 200], { total: 4, healthy: 1 }, all(4), [0, 1, 0]],
    ['all old tasks go in the end', [100, 200], all(4), all(4), [0, 4, 0]],
    ['half as many more start', [100, 150], all(0), all(4), [2, 0, 0]],
    ['there is no room: old tasks go first', [50, 100], all(0), all(4), [0, 2, 0]],
    ['and then new tasks start', [50, 100], all(0), all(2), [2, 0, 0]],
    ['also beside a new task that is not healthy', [50, 100], { total: 1, healthy: 0 }, all(3), [0, 1, 0]],
    ['and no others go before these are healthy', [50, 100], { total: 2, healthy: 0 }, all(2), [0, 0, 0]],
    ['nothing may go and nothing may come', [100, 100], all(0), all(4), [0, 0, 0]],
    ['everything may go', [0, 100], all(0), all(4), [0, 4, 0]],
    ['the minimum is rounded up', [30, 100], all(0), all(4), [0, 2, 0]],
    ['the maximum is rounded down', [100, 149], all(0), all(4), [1, 0, 0]],
    ['unhealthy old tasks hold nobody up', [100, 200], all(1), { total: 4, healthy: 3 }, [3, 1, 0]],
    ['too many new tasks go', [100, 200], all(6), all(0), [0, 0, 2]],
  ])('of four tasks: %s', (_what, [minimum, maximum], primary, old, [start, stopOld, stopNew]) => {
    expect(
      schedule({ desired: 4, minimumHealthyPercent: minimum, maximumPercent: maximum, primary, old }),
    ).toEqual({ start, stopOld, stopNew });
  });

  test('of one task starts the new one before the old one goes', () => {
    const options = { desired: 1, minimumHealthyPercent: 100, maximumPercent: 200, old: all(1) };
    expect(schedule({ ...options, primary: all(0) })).toEqual({ start: 1, stopOld: 0, stopNew: 0 });
    expect(schedule({ ...options, primary: all(1) })).toEqual({ start: 0, stopOld: 1, stopNew: 0 });
  });

  test('of no task stops them all', () => {
    const plan = schedule({
      desired: 0,
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      primary: all(2),
      old: all(3),
    });
    expect(plan).toEqual({ start: 0, stopOld: 3, stopNew: 2 });
  });

  test('never has more tasks than the maximum', () => {
    fc.assert(
      fc.property(configuration, counts, counts, (options, primary, old) => {
        const { upper } = limits(options.desired, options.minimumHealthyPercent, options.maximumPercent);
        const { start } = schedule({ ...options, primary, old });
        const total = primary.total + old.total;
        expect(total + start).toBeLessThanOrEqual(Math.max(upper, total));
        expect(primary.total + start).toBeLessThanOrEqual(Math.max(options.desired, primary.total));
      }),
    );
  });

  test('never takes the healthy tasks below the minimum', () => {
    fc.assert(
      fc.property(configuration, counts, counts, (options, primary, old) => {
        const { lower } = limits(options.desired, options.minimumHealthyPercent, options.maximumPercent);
        const { stopOld, stopNew } = schedule({ ...options, primary, old });
        // The unhealthy go first, on either side.
        const left = (side: TaskCounts, stopped: number) => Math.min(side.healthy, side.total - stopped);
        const before = primary.healthy + old.healthy;
        expect(left(primary, stopNew) + left(old, stopOld)).toBeGreaterThanOrEqual(Math.min(lower, before));
      }),
    );
  });

  test('never asks for less than nothing nor stops more than there are', () => {
    fc.assert(
      fc.property(configuration, counts, counts, (options, primary, old) => {
        const { start, stopOld, stopNew } = schedule({ ...options, primary, old });
        expect(Math.min(start, stopOld, stopNew)).toBeGreaterThanOrEqual(0);
        expect(stopOld).toBeLessThanOrEqual(old.total);
        expect(stopNew).toBeLessThanOrEqual(primary.total);
        expect(start === 0 || stopNew === 0).toBe(true);
      }),
    );
  });

  test('gets there within its limits, wherever these leave room, however slowly tasks become healthy', () => {
    fc.assert(
      fc.property(configuration, fc.infiniteStream(fc.nat(3)), (options, speeds) => {
        const { desired } = options;
        const { lower, upper } = limits(desired, options.minimumHealthyPercent, options.maximumPercent);
        let primary = all(0);
        let old = all(desired);
        for (let round = 0; round < 100; round += 1) {
          const plan = schedule({ ...options, primary, old });
          old = all(old.total - plan.stopOld);
          expect(primary.healthy + old.healthy).toBeGreaterThanOrEqual(lower);
          const total = primary.total + plan.start;
          expect(total + old.total).toBeLessThanOrEqual(upper);
          // Every fourth round a task does become healthy, so that the deployment goes on.
          const healthier = Math.max(speeds.next().value as number, Number(round % 4 === 0));
          primary = { total, healthy: Math.min(total, primary.healthy + healthier) };
        }
        if (upper > lower) expect(isSteady({ desired, primary, old })).toBe(true);
        else expect({ primary, old }).toEqual({ primary: all(0), old: all(desired) });
      }),
    );
  });

  test('does nothing once it is steady', () => {
    fc.assert(
      fc.property(configuration, (options) => {
        const plan = schedule({ ...options, primary: all(options.desired), old: all(0) });
        expect(plan).toEqual({ start: 0, stopOld: 0, stopNew: 0 });
      }),
    );
  });
});

test.each([
  ['all are healthy', all(2), all(0), true],
  ['one is not healthy', { total: 2, healthy: 1 }, all(0), false],
  ['one is missing', all(1), all(0), false],
  ['there is one too many', all(3), all(0), false],
  ['an old one is left', all(2), { total: 1, healthy: 0 }, false],
])('a service of two tasks when %s', (_when, primary, old, steady) => {
  expect(isSteady({ desired: 2, primary, old })).toBe(steady);
});

test.each([
  [0, 3],
  [1, 3],
  [6, 3],
  [7, 4],
  [25, 13],
  [100, 50],
  [400, 200],
  [800, 200],
])('the circuit breaker of %d tasks opens after %d failures', (desired, failures) => {
  expect(circuitBreakerThreshold(desired)).toBe(failures);
});

describe('the pause before the next start', () => {
  test.each([
    [0, 0],
    [2, 0],
    [3, 5000],
    [4, 10_000],
    [5, 20_000],
    [60, 300_000],
  ])('after %d failures in a row is %d ms', (failures, pause) => {
    expect(restartPause(failures)).toBe(pause);
  });

  test('never gets shorter, and has an end', () => {
    fc.assert(
      fc.property(fc.nat(1000), (failures) => {
        expect(restartPause(failures + 1)).toBeGreaterThanOrEqual(restartPause(failures));
        expect(restartPause(failures)).toBeLessThanOrEqual(300_000);
      }),
    );
  });
});
