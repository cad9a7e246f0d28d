import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProbeFailure } from '../../../functions/http/probe/failure.ts';
import { createCollector } from '../../../functions/prometheus/collect.ts';
import { histogramQuantile } from '../../../functions/prometheus/histogram-quantile.ts';
import { increaseBetween } from '../../../functions/prometheus/increase.ts';
import { judgeMetric } from '../../../functions/prometheus/judge-metric.ts';
import { wantedBy } from '../../../functions/prometheus/metric-assertion.ts';
import type { Scrape } from '../../../functions/prometheus/scrape.ts';
import { MetricAssertion } from '../../../schemas/health/metric-assertion.ts';

const scraped = (assertion: MetricAssertion, lines: readonly string[], seconds: number): Scrape => {
  const collector = createCollector(wantedBy([assertion]));
  collector.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  return { ...collector.end(), atMilliseconds: seconds * 1000, bytes: 0 };
};
/** Judges what a minute has changed. */
const judge = (assertion: unknown, before: readonly string[], after: readonly string[]) => {
  const parsed = MetricAssertion.parse(assertion);
  return judgeMetric(parsed, scraped(parsed, after, 60), scraped(parsed, before, 0));
};

const errors = { name: 'requests_total', labels: { status: { startsWith: '5' } } };
const requests = { name: 'requests_total' };
const sum = { kind: 'sum', of: errors };
const increase = { kind: 'increase', of: requests };
const rate = { kind: 'rate', of: requests };
const ratio = { kind: 'ratio', of: errors, to: requests, over: 'increase', minimum: 100, atMost: 0.01 };
const A = (value: unknown) => `requests_total{status="200"} ${value}`;
const B = (value: unknown) => `requests_total{status="500"} ${value}`;

describe('a metric', () => {
  it.each([
    ['a sum', { ...sum, atMost: 10 }, [], [A(99), B(10)], 'pass', '10 in 1 series'],
    ['a sum that is too high', { ...sum, atMost: 9 }, [], [A(99), B(10)], 'fail', '10 in 1 series'],
    ['a sum near its limit', { ...sum, atMost: 10, warnAbove: 8 }, [], [B(9)], 'warn', '9 in 1 series'],
    [
      'a sum that is too low',
      { kind: 'sum', of: { name: 'up' }, atLeast: 1 },
      [],
      ['up 0'],
      'fail',
      '0 in 1 series',
    ],
    [
      'a sum of nothing',
      { ...sum, atMost: 10 },
      [],
      [A(99)],
      'unknown',
      'there is no requests_total{status=~"5.*"}',
    ],
    [
      'a sum that may be absent',
      { kind: 'sum', of: { ...errors, absentIsZero: true }, atMost: 10 },
      [],
      [A(99)],
      'pass',
      '0',
    ],
    ['a sum with NaN', { ...sum, atMost: 10 }, [], [B('NaN')], 'unknown', 'it is not a number'],
    ['a sum with +Inf', { ...sum, atMost: 10 }, [], [B('+Inf')], 'fail', 'Infinity'],
    ['a sum with -Inf', { ...sum, atLeast: 0 }, [], [B('-Inf')], 'fail', '-Infinity'],
    [
      'a sum with both',
      { kind: 'sum', of: requests, atMost: 1 },
      [],
      [A('+Inf'), B('-Inf')],
      'unknown',
      'not a number',
    ],
    [
      'a sum with a broken line',
      { ...sum, atMost: 10 },
      [],
      [B(1), 'requests_total{'],
      'unknown',
      'is broken',
    ],
    ['an increase', { ...increase, atMost: 5 }, [A(10), B(1)], [A(12), B(4)], 'pass', '5'],
    ['a rate', { ...rate, atLeast: 1 }, [A(0)], [A(120)], 'pass', '2 per second over 60.0 s'],
    // 100 has become 30: thirty more, and not seventy fewer; the other's hundred do not hide it.
    [
      'a counter that began anew',
      { ...increase, atMost: 129 },
      [A(100), B(0)],
      [A(30), B(100)],
      'fail',
      '130, 1 counters began anew',
    ],
    ['a counter that is new', { ...increase, atMost: 6 }, [A(1)], [A(1), B(7)], 'fail', '7'],
    ['a counter that is gone', { ...increase, atMost: 6 }, [A(1), B(7)], [A(1)], 'pass', '0'],
    [
      'counters that are all gone',
      { ...increase, atMost: 6 },
      [A(1)],
      ['up 1'],
      'unknown',
      'there is no requests_total',
    ],
    ['an increase with NaN', { ...increase, atMost: 6 }, [A('NaN')], [A(1)], 'unknown', 'not a number'],
    ['an increase of +Inf', { ...increase, atMost: 6 }, [A('Inf')], [A('Inf')], 'unknown', 'not a number'],
    ['a good ratio', ratio, [A(0), B(0)], [A(990), B(10)], 'pass', '0.01 (10 of 1000)'],
    ['a bad ratio', ratio, [A(0), B(0)], [A(989), B(11)], 'fail', '0.011 (11 of 1000)'],
    ['a ratio of old errors', ratio, [A(0), B(500)], [A(990), B(500)], 'pass', '0 (0 of 990)'],
    ['a ratio of the first errors', ratio, [A(0)], [A(100), B(50)], 'fail', '(50 of 150)'],
    [
      'a ratio of too few',
      ratio,
      [A(0), B(0)],
      [A(99), B(0)],
      'unknown',
      '99 of requests_total prove nothing, 100 are needed',
    ],
    [
      'a ratio without errors ever',
      ratio,
      [A(0)],
      [A(100)],
      'unknown',
      'there is no requests_total{status=~"5.*"}',
    ],
    [
      'a ratio where that is zero',
      { ...ratio, of: { ...errors, absentIsZero: true } },
      [A(0)],
      [A(100)],
      'pass',
      '0 (0 of 100)',
    ],
    ['a ratio of totals', { ...ratio, over: 'total' }, [], [A(99), B(1)], 'pass', '0.01 (1 of 100)'],
    ['a ratio to NaN', { ...ratio, over: 'total' }, [], [A('NaN'), B(1)], 'unknown', 'prove nothing'],
  ] as const)('%s', (_, assertion, before, after, verdict, observed) => {
    expect(judge(assertion, before, after)).toMatchObject({
      verdict,
      observed: expect.stringContaining(observed),
    });
  });

  const histogram = (...counts: unknown[]) =>
    ['0.1', '0.4', '+Inf'].map((le, index) => `seconds_bucket{le="${le}"} ${counts[index]}`);
  const quantile = {
    kind: 'quantile',
    of: { name: 'seconds_bucket' },
    quantile: 0.95,
    over: 'increase',
    minimum: 20,
  };
  it.each([
    ['fast', { atMost: 0.4 }, [0, 0, 0], [95, 100, 100], 'pass', '0.1 of 100 observations'],
    ['slow', { atMost: 0.2 }, [0, 0, 0], [50, 100, 100], 'fail', '0.37 of 100 observations'],
    ['slower than can be told', { atMost: 0.3 }, [0, 0, 0], [0, 0, 100], 'fail', '0.4 or more'],
    ['perhaps too slow', { atMost: 5 }, [0, 0, 0], [0, 0, 100], 'unknown', '0.4 or more'],
    ['perhaps too slow for comfort', { warnAbove: 5 }, [0, 0, 0], [0, 0, 100], 'unknown', '0.4 or more'],
    ['of old observations', { atMost: 0.4 }, [0, 0, 100], [40, 40, 140], 'pass', '0.095 of 40 observations'],
    ['of too few', { atMost: 0.4 }, [0, 0, 0], [19, 19, 19], 'unknown', '19 observations prove nothing'],
    ['of none', { atMost: 0.4 }, [9, 9, 9], [9, 9, 9], 'unknown', '0 observations prove nothing'],
    ['of no numbers', { atMost: 0.4 }, [0, 0, 0], ['NaN', 'NaN', 'NaN'], 'unknown', 'prove nothing'],
  ] as const)('a quantile, %s', (_, limits, before, after, verdict, observed) => {
    const result = judge({ ...quantile, ...limits }, histogram(...before), histogram(...after));
    expect(result).toMatchObject({ verdict, observed: expect.stringContaining(observed) });
  });

  it('is unknown without a scrape, without an earlier one, or when time stood still', () => {
    const total = MetricAssertion.parse({ ...sum, atMost: 10 });
    const grown = MetricAssertion.parse({ ...increase, atMost: 10 });
    const failure = new ProbeFailure('too large', 'answered too much');
    const after = scraped(grown, [A(5)], 60);
    expect(judgeMetric(total, failure)).toMatchObject({
      verdict: 'unknown',
      observed: 'no metrics: it answered too much',
    });
    expect(judgeMetric(grown, after).verdict).toBe('unknown');
    expect(judgeMetric(grown, after, failure).verdict).toBe('unknown');
    expect(judgeMetric(grown, after, after).verdict).toBe('unknown');
    expect(judgeMetric(grown, scraped(grown, [A(5)], -60), after).verdict).toBe('unknown');
    // It would pass otherwise.
    expect(judgeMetric(grown, after, scraped(grown, [A(5)], 0)).verdict).toBe('pass');
    // What was collected for another assertion is not zero here.
    expect(judgeMetric(total, after)).toMatchObject({
      verdict: 'unknown',
      observed: expect.stringContaining('not collected'),
    });
  });

  it('is asked for with names that exist', () => {
    for (const wrong of [
      { kind: 'sum', of: { name: '' } },
      { kind: 'sum', of: requests, atmost: 5 },
      { kind: 'sum', of: { name: 'a', label: {} } },
      { kind: 'quantile', of: requests, quantile: 1, over: 'total', minimum: 1 },
      { kind: 'ratio', of: requests, to: requests, over: 'total', minimum: 0 },
      { kind: 'average', of: requests },
    ])
      expect(MetricAssertion.safeParse(wrong).success).toBe(false);
  });
});

describe('an increase', () => {
  it('is what was counted, whenever counters began anew between scrapes at which nothing was lost', () => {
    // Each step of each counter: by how much it grows, and whether its process restarts before.
    const life = fc.array(fc.tuple(fc.nat(50), fc.boolean()), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(life, { minLength: 1, maxLength: 5 }), (lives) => {
        const steps = Math.max(...lives.map((steps) => steps.length));
        const values = lives.map(() => 0);
        const snapshot = () => ({
          series: new Map(values.map((value, index) => [String(index), { value, bound: undefined }])),
        });
        let before = snapshot();
        let measured = 0;
        let counted = 0;
        for (let step = 0; step < steps; step += 1) {
          lives.forEach((steps, index) => {
            const [grown = 0, restarts = false] = steps[step] ?? [];
            const last = values[index] ?? 0;
            // A counter that restarts and overtakes its old value is a restart that nobody can see.
            const seen = restarts && grown < last;
            values[index] = seen ? grown : last + grown;
            counted += grown;
          });
          const after = snapshot();
          measured += increaseBetween(before, after).total;
          before = after;
        }
        expect(measured).toBe(counted);
      }),
    );
  });
});

describe('a quantile of a histogram', () => {
  const INFINITE = Number.POSITIVE_INFINITY;
  it.each([
    // From the documentation and tests of Prometheus: linear within the bucket, from zero in the first.
    [
      'within a bucket',
      0.5,
      [
        [1, 10],
        [2, 20],
        [INFINITE, 20],
      ],
      { value: 1, orMore: false },
    ],
    [
      'in the middle of a bucket',
      0.75,
      [
        [1, 10],
        [2, 20],
        [INFINITE, 20],
      ],
      { value: 1.5, orMore: false },
    ],
    [
      'in the first bucket',
      0.25,
      [
        [1, 10],
        [2, 20],
        [INFINITE, 20],
      ],
      { value: 0.5, orMore: false },
    ],
    [
      'in the last bucket',
      0.99,
      [
        [1, 10],
        [2, 20],
        [INFINITE, 40],
      ],
      { value: 2, orMore: true },
    ],
    [
      'below zero',
      0.1,
      [
        [-1, 10],
        [2, 20],
        [INFINITE, 20],
      ],
      { value: -1, orMore: false },
    ],
    [
      'in whatever order',
      0.75,
      [
        [INFINITE, 20],
        [2, 20],
        [1, 10],
      ],
      { value: 1.5, orMore: false },
    ],
    [
      'with counts that fall',
      0.5,
      [
        [1, 10],
        [2, 9.99],
        [INFINITE, 10],
      ],
      { value: 0.5, orMore: false },
    ],
    [
      'without the last bucket',
      0.5,
      [
        [1, 10],
        [2, 20],
      ],
      undefined,
    ],
    ['with the last bucket alone', 0.5, [[INFINITE, 20]], undefined],
    [
      'without observations',
      0.5,
      [
        [1, 0],
        [INFINITE, 0],
      ],
      undefined,
    ],
    [
      'with NaN',
      0.5,
      [
        [1, Number.NaN],
        [INFINITE, 4],
      ],
      undefined,
    ],
    ['with nothing', 0.5, [], undefined],
  ] as Array<[string, number, Array<[number, number]>, unknown]>)('%s', (_, quantile, buckets, expected) => {
    expect(histogramQuantile(quantile, new Map(buckets))).toEqual(expected);
  });

  it('lies in the bucket in which the true one lies', () => {
    const bounds = [1, 2, 5, 10, 20];
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 30, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (observations, quantile) => {
          const upTo = (bound: number) => observations.filter((value) => value <= bound).length;
          const buckets = new Map([...bounds, INFINITE].map((bound) => [bound, upTo(bound)]));
          const estimate = histogramQuantile(quantile, buckets);
          const sorted = observations.toSorted((left, right) => left - right);
          const exact = sorted[Math.ceil(quantile * sorted.length) - 1] ?? 0;
          const upper = bounds.find((bound) => exact <= bound);
          const lower = bounds.findLast((bound) => bound < exact) ?? 0;
          expect(estimate?.orMore).toBe(upper === undefined);
          expect(estimate?.value).toBeGreaterThanOrEqual(lower);
          expect(estimate?.value).toBeLessThanOrEqual(upper ?? lower);
        },
      ),
    );
  });
});
