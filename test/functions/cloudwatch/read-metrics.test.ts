import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readMetrics } from '../../../functions/cloudwatch/read-metrics.ts';

interface Page {
  readonly MetricDataResults?: ReadonlyArray<object>;
  readonly NextToken?: string;
}

let pages: (asked: number) => Page;
let asked: Array<Record<string, unknown>>;
const send = async ({ input }: { input: Record<string, unknown> }) => {
  asked.push(input);
  return pages(asked.length);
};
vi.mock('../../../functions/clients.ts', () => ({
  client: () => () => ({ send: (command: never) => send(command) }),
}));
beforeEach(() => {
  asked = [];
});

const WINDOW = { start: new Date(0), end: new Date(600_000), periodSeconds: 300 };
const metric = (name: string) => ({
  namespace: 'Shop',
  metric: name,
  dimensions: { Shop: 'one' },
  statistic: 'Sum',
});
const read = () =>
  readMetrics({ orders: metric('Orders'), errors: metric('Errors') }, WINDOW, new AbortController().signal);
const result = (Id: string, values: readonly number[], StatusCode = 'Complete') => ({
  Id,
  StatusCode,
  Timestamps: values.map((_, index) => new Date(index * 300_000)),
  Values: values,
});

describe('metrics of CloudWatch', () => {
  it('are asked for together, and told apart', async () => {
    pages = () => ({ MetricDataResults: [result('m1', [2]), result('m0', [1, 3])] });
    const { orders, errors } = await read();
    expect(orders.datapoints.map(({ value }) => value)).toEqual([1, 3]);
    expect(errors).toEqual({ datapoints: [{ at: new Date(0), value: 2 }], complete: true });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.MetricDataQueries).toMatchObject([
      { Id: 'm0', MetricStat: { Metric: { Dimensions: [{ Name: 'Shop', Value: 'one' }] }, Period: 300 } },
      { Id: 'm1', MetricStat: { Metric: { MetricName: 'Errors' }, Stat: 'Sum' } },
    ]);
  });

  it('are put together from several pages', async () => {
    pages = (page) =>
      page === 1
        ? { MetricDataResults: [result('m0', [1], 'PartialData')], NextToken: 'more' }
        : { MetricDataResults: [result('m0', [3]), result('m1', [])] };
    const { orders, errors } = await read();
    expect(orders.complete).toBe(true);
    expect(orders.datapoints.map(({ value }) => value)).toEqual([1, 3]);
    expect(errors).toEqual({ datapoints: [], complete: true });
  });

  it('are not complete where CloudWatch erred, left one out, tells no number, or goes on for ever', async () => {
    pages = () => ({ MetricDataResults: [result('m0', [1], 'InternalError')] });
    expect(await read()).toMatchObject({ orders: { complete: false }, errors: { complete: false } });
    pages = () => ({ MetricDataResults: [result('m0', [1, Number.NaN]), result('m1', [1])] });
    expect(await read()).toMatchObject({ orders: { complete: false }, errors: { complete: true } });
    asked = [];
    pages = () => ({ MetricDataResults: [result('m0', [1]), result('m1', [1])], NextToken: 'more' });
    expect(await read()).toMatchObject({ orders: { complete: false } });
    expect(asked).toHaveLength(5);
  });
});
