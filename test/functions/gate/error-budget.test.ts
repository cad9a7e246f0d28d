import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowedOfAMillion,
  type CountedPeriod,
  type Counts,
  countedBetween,
  coveredShare,
  isSpent,
  judgeBudget,
  judgeBurnRate,
  spentShare,
} from '../../../functions/gate/error-budget.ts';
import { BURN_RATE_DEFAULTS, type ErrorBudgetPolicy } from '../../../schemas/gate.ts';

const policy = (change: Partial<ErrorBudgetPolicy> = {}): ErrorBudgetPolicy => ({
  objectivePercent: 99.9,
  windowDays: 30,
  minimumRequests: 20,
  coverage: 0.5,
  burnRates: [...BURN_RATE_DEFAULTS],
  ...change,
});
const END = new Date('2026-11-21T03:00:00Z');
const hoursAgo = (hours: number) => new Date(END.getTime() - hours * 3_600_000);
/** As the configuration takes it: with at most four digits after the point. */
const objective = fc.integer({ min: 500_000, max: 999_999 }).map((parts) => parts / 10_000);
const counts = fc
  .tuple(fc.integer({ min: 1, max: 5_000_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([requests, share]): Counts => ({ requests, errors: Math.floor(requests * share) }));

describe('an error budget', () => {
  it.each([
    [99.9, 1000, 0, false],
    [99.9, 1000, 1, true],
    [99.9, 1001, 1, false],
    [99.99, 1_000_000, 99, false],
    [99.99, 1_000_000, 100, true],
    [99.95, 100_000, 50, true],
    [99.95, 100_000, 49, false],
    [99.9999, 1_000_000, 1, true],
    [50, 2, 1, true],
    [99.7, 3_000_000_000, 9_000_000, true],
    [99.7, 3_000_000_000, 8_999_999, false],
  ])(
    'of %d %% is, with %i requests and %i errors, spent: %s',
    (objectivePercent, requests, errors, spent) => {
      expect(isSpent({ requests, errors }, objectivePercent)).toBe(spent);
      const { verdict } = judgeBudget(
        { requests, errors },
        1,
        policy({ objectivePercent, minimumRequests: 1 }),
      );
      expect(verdict).toBe(spent ? 'fail' : 'pass');
    },
  );

  it('is spent by exactly the errors that it allows, and not by one less', () => {
    fc.assert(
      fc.property(objective, fc.integer({ min: 1, max: 1_000_000 }), (objectivePercent, times) => {
        // So many requests allow whole errors.
        const requests = 1_000_000 * times;
        const errors = allowedOfAMillion(objectivePercent) * times;
        expect(isSpent({ requests, errors }, objectivePercent)).toBe(true);
        expect(isSpent({ requests, errors: errors - 1 }, objectivePercent)).toBe(false);
      }),
    );
  });

  it('is spent the more, the more errors there are, and the less, the more requests', () => {
    fc.assert(
      fc.property(counts, objective, (one, objectivePercent) => {
        const spent = spentShare(one, objectivePercent);
        expect(spentShare({ ...one, errors: one.errors + 1 }, objectivePercent)).toBeGreaterThan(spent);
        expect(spentShare({ ...one, requests: one.requests * 2 }, objectivePercent)).toBeLessThanOrEqual(
          spent,
        );
      }),
    );
  });

  it('is the same for ten times the requests with ten times the errors', () => {
    fc.assert(
      fc.property(counts, objective, ({ requests, errors }, objectivePercent) => {
        const tenfold = { requests: requests * 10, errors: errors * 10 };
        expect(spentShare(tenfold, objectivePercent)).toBeCloseTo(
          spentShare({ requests, errors }, objectivePercent),
          6,
        );
        expect(isSpent(tenfold, objectivePercent)).toBe(isSpent({ requests, errors }, objectivePercent));
      }),
    );
  });

  it.each([
    [{ requests: 100_000, errors: 25 }, 1, 'pass', '75 % is left: 25 of 100000 requests failed'],
    [{ requests: 100_000, errors: 100 }, 1, 'fail', 'it is spent: 100 of 100000 requests failed'],
    [
      { requests: 100_000, errors: 250 },
      1,
      'fail',
      'it is spent, and 150 % more: 250 of 100000 requests failed',
    ],
    [{ requests: 0, errors: 0 }, 0, 'unknown', '0 requests prove nothing, 20 are needed'],
    [{ requests: 19, errors: 19 }, 1, 'unknown', '19 requests prove nothing, 20 are needed'],
    [
      { requests: 100_000, errors: 0 },
      14 / 30,
      'unknown',
      'only 14 of 30 days have requests: the rest is not known',
    ],
    [{ requests: 100_000, errors: 0 }, 0.5, 'pass', '100 % is left: 0 of 100000 requests failed'],
  ] as const)('with %j counted on %d of its days is judged so', (counted, covered, verdict, observed) => {
    expect(judgeBudget(counted, covered, policy())).toEqual({
      verdict,
      observed,
      expected: 'a part left of the 0.1 % that may fail in 30 days',
    });
  });
});

describe('a burn rate', () => {
  const [fast, , slow] = BURN_RATE_DEFAULTS;
  if (!fast || !slow) throw new Error('there are no defaults');
  /** Of 100,000 requests with an objective of 99.9 % a hundred are the rate 1. */
  const at = (rate: number): Counts => ({ requests: 100_000, errors: Math.round(100 * rate) });
  const few: Counts = { requests: 3, errors: 3 };

  it.each([
    ['is high in both windows', at(20), at(20), 'fail'],
    ['was high, and is over', at(20), at(1), 'pass'],
    ['is high for a moment', at(2), at(50), 'pass'],
    ['is exactly the limit', at(14.4), at(14.4), 'pass'],
    ['is just above it', at(14.41), at(14.41), 'fail'],
    ['is low, with too few requests lately', at(2), few, 'pass'],
    ['is high, with too few requests lately', at(20), few, 'unknown'],
    ['is low lately, with too few requests before', few, at(1), 'pass'],
    ['is of too few requests in both', few, few, 'unknown'],
    ['is of no requests at all', { requests: 0, errors: 0 }, { requests: 0, errors: 0 }, 'unknown'],
  ] as const)('that %s: %o, %o', (_how, long, short, verdict) => {
    expect(judgeBurnRate(long, short, fast, policy()).verdict).toBe(verdict);
  });

  it('that is slow is a warning only, and told in words', () => {
    expect(judgeBurnRate(at(2), at(3), slow, policy())).toEqual({
      verdict: 'warn',
      observed: '2 in 72 h, 3 in 6 h',
      expected: 'at most 1 times as fast as spends the budget in its window',
    });
  });

  it('of 1 all through the window is what spends the budget exactly', () => {
    fc.assert(
      fc.property(objective, fc.integer({ min: 1, max: 1000 }), (objectivePercent, times) => {
        const whole = { requests: 1_000_000 * times, errors: allowedOfAMillion(objectivePercent) * times };
        expect(spentShare(whole, objectivePercent)).toBe(1);
      }),
    );
  });

  it('is too high only where each window is by itself', () => {
    fc.assert(
      fc.property(counts, counts, (long, short) => {
        const above = (one: Counts) => one.requests >= 20 && spentShare(one, 99.9) > fast.rate;
        const { verdict } = judgeBurnRate(long, short, fast, policy());
        expect(verdict === 'fail').toBe(above(long) && above(short));
      }),
    );
  });
});

describe('what was counted', () => {
  const period = (hours: number, requests = 10, errors = 1): CountedPeriod => ({
    at: hoursAgo(hours),
    requests,
    errors,
  });

  it('counts from its beginning up to its end, and nothing of the future', () => {
    const periods = [period(3), period(2), period(1), period(0), period(-1)];
    expect(countedBetween(periods, hoursAgo(2), END)).toEqual({ requests: 20, errors: 2 });
  });

  it('has as many requests as errors at least: what the balancer refused was one', () => {
    expect(countedBetween([period(1, 0, 7)], hoursAgo(2), END)).toEqual({ requests: 7, errors: 7 });
  });

  it.each([
    [[], 0],
    [[period(1)], 0.1],
    [[period(1), period(23.9)], 0.1],
    [[period(1), period(25)], 0.2],
    [[period(1), period(25, 0, 0)], 0.1],
    [[period(1), period(241)], 0.1],
    [[period(-1)], 0],
    [Array.from({ length: 10 }, (_, day) => period(24 * day + 1)), 1],
  ])('covers of ten days: %j', (periods, share) => {
    expect(coveredShare(periods, 10, END)).toBe(share);
  });
});
