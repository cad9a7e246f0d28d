import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricData } from '../../../functions/cloudwatch/judge-window.ts';
import { judgeCounted } from '../../../functions/gate/look-at-budget.ts';
import { partsOf, periodsOf } from '../../../functions/gate/read-counts.ts';
import { BURN_RATE_DEFAULTS } from '../../../schemas/gate.ts';

const DAY = 86_400_000;
const burnRates = [...BURN_RATE_DEFAULTS];

describe('the parts of a window', () => {
  it('lie side by side on the borders of their periods, and end before datapoints that still change', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: DAY }),
        (windowDays, milliseconds) => {
          const now = new Date(Date.UTC(2026, 10, 21) + milliseconds);
          const { coarse, fine } = partsOf({ windowDays, burnRates }, now);
          expect(coarse.end).toEqual(fine.start);
          for (const { start, end, periodSeconds } of [coarse, fine])
            for (const border of [start, end]) expect(border.getTime() % (periodSeconds * 1000)).toBe(0);
          const late = now.getTime() - fine.end.getTime();
          expect(late >= 120_000 && late < 420_000).toBe(true);
          const length = fine.end.getTime() - Math.min(coarse.start.getTime(), fine.start.getTime());
          expect(length >= windowDays * DAY && length < windowDays * DAY + 3_600_000).toBe(true);
          // CloudWatch tells of minutes for 15 days and of five minutes for 63.
          expect(fine.periodSeconds % 300).toBe(0);
          expect(fine.start.getTime()).toBeLessThanOrEqual(
            Math.max(coarse.start.getTime(), fine.end.getTime() - Math.min(3, windowDays) * DAY),
          );
        },
      ),
    );
  });

  it('are one where the window is as short as the longest burn rate looks', () => {
    const { coarse } = partsOf({ windowDays: 3, burnRates }, new Date('2026-11-21T03:07:00Z'));
    expect(coarse.start).toEqual(coarse.end);
  });
});

describe('counted periods', () => {
  const data = (...points: [minute: number, value: number][]): MetricData => ({
    datapoints: points.map(([minute, value]) => ({ at: new Date(minute * 60_000), value })),
    complete: true,
  });

  it('have the errors of targets and of the balancer, and zero where nothing is told', () => {
    expect(periodsOf(data([0, 100], [5, 50]), [data([5, 2]), data([5, 1], [10, 3])])).toEqual([
      { at: new Date(0), requests: 100, errors: 0 },
      { at: new Date(300_000), requests: 50, errors: 3 },
      { at: new Date(600_000), requests: 0, errors: 3 },
    ]);
  });

  it('count a datapoint once that came on two pages', () => {
    expect(periodsOf(data([0, 100], [0, 100]), [data([0, 1], [0, 1])])).toEqual([
      { at: new Date(0), requests: 100, errors: 1 },
    ]);
  });
});

describe('what is judged of all that was counted', () => {
  const end = new Date('2026-11-21T03:00:00Z');
  const policy = { objectivePercent: 99.9, windowDays: 10, minimumRequests: 20, coverage: 0.5, burnRates };
  /** An hour's worth every hour, with this share of errors in the last hours. */
  const counted = (badHours: number, share: number, complete = true) => ({
    periods: Array.from({ length: 2880 }, (_, place) => {
      const at = new Date(end.getTime() - (place + 1) * 300_000);
      return { at, requests: 1000, errors: place < badHours * 12 ? 1000 * share : 0 };
    }),
    start: new Date(end.getTime() - 10 * DAY),
    end,
    complete,
  });

  it('is all well without errors', () => {
    expect(judgeCounted(counted(0, 0), policy, end)).toMatchObject({
      verdict: 'pass',
      observed: '100 % is left: 0 of 2880000 requests failed',
    });
  });

  it('is that it goes too fast, though much is left', () => {
    expect(judgeCounted(counted(1, 0.03), policy, end)).toMatchObject({
      verdict: 'fail',
      observed: expect.stringMatching(
        /^87.5 % is left: .*; it is being spent at a rate of 30 in 1 h, 30 in 5 min/,
      ),
    });
  });

  it('is that it is spent, however long that is over', () => {
    const { periods, ...rest } = counted(0, 0);
    const old = periods.map((one, place) => (place > 2000 && place < 2100 ? { ...one, errors: 100 } : one));
    const found = judgeCounted({ ...rest, periods: old }, policy, end);
    expect(found).toMatchObject({
      verdict: 'fail',
      observed: expect.stringMatching(/^it is spent, and 243.8 % more/),
    });
    expect(found.observed).not.toContain('at a rate');
  });

  it('is not known where not all was told, or nothing', () => {
    expect(judgeCounted(counted(0, 0, false), policy, end).verdict).toBe('unknown');
    expect(judgeCounted({ ...counted(0, 0), periods: [] }, policy, end).verdict).toBe('unknown');
  });

  it('is not known where the metrics came no longer an hour ago', () => {
    const { periods, ...rest } = counted(0, 0);
    const late = { ...rest, periods: periods.slice(13) };
    expect(judgeCounted(late, policy, end)).toMatchObject({
      verdict: 'unknown',
      observed: expect.stringContaining('not known of 0 requests in 1 h, not known of 0 requests in 5 min'),
    });
  });
});
