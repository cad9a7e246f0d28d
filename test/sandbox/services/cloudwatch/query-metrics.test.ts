import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MetricKey, MetricStore } from '../../../../sandbox/services/cloudwatch/metric-store.ts';
import {
  type MetricQuery,
  periodOf,
  runQueries,
} from '../../../../sandbox/services/cloudwatch/query-metrics.ts';

const MINUTE_MILLISECONDS = 60_000;
const key = { namespace: 'Shop', name: 'Orders', dimensions: { Service: 'api', Zone: 'a' } };

/** A store with a value per second from time 0 on. */
function storeOf(values: readonly number[], metric: MetricKey = key): MetricStore {
  const store = new MetricStore();
  for (const [second, value] of values.entries()) store.put({ ...metric, value }, second * 1000);
  return store;
}
const metric = (Id: string, MetricName: string, Period = 60): MetricQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: 'Shop', MetricName, Dimensions: [] }, Period, Stat: 'Sum' },
});

describe('a statistic', () => {
  test.each([
    ['Sum', 60],
    ['Average', 10],
    ['Minimum', 4],
    ['Maximum', 16],
    ['SampleCount', 6],
    ['p50', 8],
    ['p99', 16],
    ['p0', 4],
    ['p16.7', 6],
  ])('%s of 4, 16, 6, 14, 8 and 12 is %d', (stat, value) => {
    const store = storeOf([4, 16, 6, 14, 8, 12]);
    expect([...store.series(key, 0, MINUTE_MILLISECONDS, 60, stat)]).toEqual([[0, value]]);
  });

  test('that is not known is refused', () => {
    expect(() => storeOf([1]).series(key, 0, 1000, 1, 'Median')).toThrow("statistic 'Median'");
  });

  test('is taken period by period: nothing is lost and nothing counts twice', () => {
    const data = fc.array(fc.record({ at: fc.nat(600_000), value: fc.integer({ min: -99, max: 99 }) }));
    fc.assert(
      fc.property(data, fc.constantFrom(1, 10, 60, 300), (points, period) => {
        const store = new MetricStore();
        for (const { at, value } of points) store.put({ ...key, value }, at);
        for (const [stat, total] of [
          ['Sum', points.reduce((sum, { value }) => sum + value, 0)],
          ['SampleCount', points.length],
        ] as const) {
          const series = [...store.series(key, 0, 900_000, period, stat)];
          expect(series.reduce((sum, [, value]) => sum + value, 0)).toBe(total);
          expect(series.map(([at]) => at)).toEqual(
            [...new Set(points.map(({ at }) => Math.floor(at / period / 1000) * period * 1000))].sort(
              (left, right) => left - right,
            ),
          );
        }
      }),
    );
  });
});

describe('a metric', () => {
  test('is the same whatever the order of its dimensions', () => {
    const store = storeOf([1, 2]);
    store.put({ ...key, dimensions: { Zone: 'a', Service: 'api' }, value: 3 }, 0);
    expect([...store.series(key, 0, MINUTE_MILLISECONDS, 60, 'Sum').values()]).toEqual([6]);
    expect(store.list()).toEqual([key]);
  });

  test.each([
    ['namespace', { ...key, namespace: 'Other' }],
    ['name', { ...key, name: 'Returns' }],
    ['dimension', { ...key, dimensions: { Service: 'api', Zone: 'b' } }],
    ['number of dimensions', { ...key, dimensions: { Service: 'api' } }],
  ])('is another with another %s', (_what, other) => {
    expect(storeOf([1]).series(other, 0, MINUTE_MILLISECONDS, 60, 'Sum').size).toBe(0);
  });

  test('is asked for the periods that begin between from and to', () => {
    const store = storeOf(Array.from({ length: 180 }, () => 1));
    const from = MINUTE_MILLISECONDS;
    expect([...store.series(key, from, 2 * from, 60, 'Sum')]).toEqual([[from, 60]]);
  });
});

describe('queries', () => {
  const store = storeOf([1, 2, 3], { namespace: 'Shop', name: 'Orders', dimensions: {} });
  const run = (...queries: MetricQuery[]) => runQueries(store, queries, 0, 2 * MINUTE_MILLISECONDS);

  test('may refer to each other in any order', () => {
    const results = run(
      { Id: 'e2', Expression: 'e1 + 1' },
      { Id: 'e1', Expression: 'm1 * 10' },
      metric('m1', 'Orders'),
    );
    expect([...(results.get('e2') ?? [])]).toEqual([[0, 61]]);
  });

  test('fill the periods that were asked for', () => {
    const results = run(metric('m1', 'Orders'), { Id: 'e1', Expression: 'FILL(m1, 0)' });
    expect([...(results.get('e1') ?? [])]).toEqual([
      [0, 6],
      [MINUTE_MILLISECONDS, 0],
    ]);
  });

  test('sum the metrics alone with METRICS(), not the expressions', () => {
    const results = run(
      metric('m1', 'Orders'),
      metric('m2', 'Returns'),
      { Id: 'e1', Expression: 'm1 * 10' },
      { Id: 'e2', Expression: 'SUM(METRICS())' },
    );
    expect([...(results.get('e2') ?? [])]).toEqual([[0, 6]]);
  });

  test.each([
    ['to nothing', [{ Id: 'e1', Expression: 'm9' }], "no metric with the id 'm9'"],
    ['to itself', [{ Id: 'e1', Expression: 'e1' }], 'e1 → e1'],
    [
      'in a circle',
      [
        { Id: 'e1', Expression: 'e2' },
        { Id: 'e2', Expression: 'e1' },
      ],
      'e1 → e2 → e1',
    ],
  ])('that refer %s are refused', (_where, queries, message) => {
    expect(() => run(...queries)).toThrow(message);
  });

  test('have the longest of their periods', () => {
    expect(periodOf([metric('m1', 'a', 60), metric('m2', 'b', 300), { Id: 'e1', Expression: 'm1' }])).toBe(
      300,
    );
    expect(periodOf([{ Id: 'e1', Expression: '1', Period: 30 }])).toBe(30);
  });
});

describe('datapoints that are old', () => {
  const DAY_MILLISECONDS = 86_400_000;
  const told = (days: number, period: number) => {
    const at = 100 * DAY_MILLISECONDS;
    const store = new MetricStore();
    store.put({ ...key, value: 1 }, at);
    const query = metric('m1', 'Orders', period);
    const Dimensions = Object.entries(key.dimensions).map(([Name, Value]) => ({ Name, Value }));
    const own = { ...query.MetricStat, Metric: { ...query.MetricStat?.Metric, Dimensions } } as NonNullable<
      MetricQuery['MetricStat']
    >;
    const results = runQueries(
      store,
      [{ ...query, MetricStat: own }],
      0,
      at + 1,
      at + days * DAY_MILLISECONDS,
    );
    return (results.get('m1')?.size ?? 0) > 0;
  };

  test.each([
    [15, 60, true],
    [16, 60, false],
    [16, 300, true],
    [62, 3600, true],
    [64, 300, false],
    [64, 3600, true],
    [456, 3600, false],
  ])('of %i days are told with a period of %i seconds: %s', (days, period, expected) => {
    expect(told(days, period)).toBe(expected);
  });
});
