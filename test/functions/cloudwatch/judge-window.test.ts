import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeWindow, type MetricData, windowBefore } from '../../../functions/cloudwatch/judge-window.ts';
import { WindowAssertion } from '../../../schemas/health/window-assertion.ts';

const NOW = new Date('2025-03-03T08:07:31Z');
const TEN_MINUTES = windowBefore(NOW, 60, 60, 10);
/** Datapoints of the window's periods, in order; a period without one is undefined. */
const data = (values: ReadonlyArray<number | undefined>, complete = true): MetricData => ({
  datapoints: values.flatMap((value, index) =>
    value === undefined ? [] : [{ at: new Date(TEN_MINUTES.start.getTime() + index * 60_000), value }],
  ),
  complete,
});
const full = (value: number) => data(Array<number>(10).fill(value));
const judge = (assertion: unknown, upper: MetricData, lower?: MetricData) =>
  judgeWindow(WindowAssertion.parse({ name: 'it', ...(assertion as object) }), TEN_MINUTES, upper, lower);

describe('a window', () => {
  it('has whole periods, which have ended some time ago', () => {
    expect(TEN_MINUTES).toEqual({
      start: new Date('2025-03-03T07:56:00Z'),
      end: new Date('2025-03-03T08:06:00Z'),
      periodSeconds: 60,
    });
  });

  const oneTo10 = data([5, 3, 1, 4, 2, 10, 9, 8, 7, 6]);
  it.each([
    ['a sum', { kind: 'sum', atMost: 55 }, oneTo10, 'pass', '55 over 10 of 10 periods'],
    ['an average', { kind: 'average', atMost: 5.4 }, oneTo10, 'fail', '5.5'],
    ['a minimum', { kind: 'minimum', atLeast: 1 }, oneTo10, 'pass', '1'],
    ['a maximum', { kind: 'maximum', atMost: 9 }, oneTo10, 'fail', '10'],
    ['a median', { kind: 'percentile', percent: 50, atMost: 5 }, oneTo10, 'pass', '5'],
    ['a percentile', { kind: 'percentile', percent: 95, atMost: 9 }, oneTo10, 'fail', '10'],
    ['no data', { kind: 'maximum', atMost: 9 }, data([]), 'unknown', '0 of 10 periods have a datapoint'],
    ['too little data', { kind: 'maximum', atMost: 9 }, data(Array(7).fill(1)), 'unknown', '7 of 10'],
    ['a datapoint that is late', { kind: 'maximum', atMost: 9 }, data(Array(9).fill(1)), 'pass', '9 of 10'],
    ['as much as is needed', { kind: 'maximum', atMost: 9, coverage: 0.1 }, data([1]), 'pass', '1 of 10'],
    [
      'half an answer',
      { kind: 'sum', atMost: 99 },
      data(Array(10).fill(1), false),
      'unknown',
      'could be read',
    ],
    ['no number', { kind: 'sum', atMost: 99 }, full(Number.NaN), 'unknown', 'not a number'],
    ['nothing that means zero', { kind: 'sum', atMost: 0, absentIsZero: true }, data([]), 'pass', '0 over 0'],
    [
      'zeros that were not told',
      { kind: 'average', atMost: 1, absentIsZero: true },
      data([10]),
      'pass',
      '1 over',
    ],
    [
      'a minimum that was not told',
      { kind: 'minimum', atMost: 0, absentIsZero: true },
      data([10]),
      'pass',
      '0 over',
    ],
  ] as const)('is judged by %s', (_, assertion, metric, verdict, observed) => {
    expect(judge(assertion, metric)).toMatchObject({ verdict, observed: expect.stringContaining(observed) });
  });

  const ratio = { kind: 'ratio', atMost: 0.01, minimum: 100 };
  it.each([
    ['low enough', ratio, full(1), full(100), 'pass', '0.01 (10 of 1000)'],
    ['too high', ratio, full(2), full(100), 'fail', '0.02 (20 of 1000)'],
    ['of too few', ratio, full(0), full(9), 'unknown', '90 prove nothing, 100 are needed'],
    ['of nothing above', ratio, data([]), full(100), 'unknown', '0 of 10 periods'],
    [
      'of nothing above that means zero',
      { ...ratio, absentIsZero: true },
      data([]),
      full(100),
      'pass',
      '0 (0 of 1000)',
    ],
    [
      'of nothing below',
      { ...ratio, absentIsZero: true },
      full(0),
      data([]),
      'unknown',
      'measured against, 0 of 10',
    ],
    ['without anything below', ratio, full(0), undefined, 'unknown', 'nothing to measure it against'],
  ] as const)('is judged by a ratio, %s', (_, assertion, upper, lower, verdict, observed) => {
    expect(judge(assertion, upper, lower)).toMatchObject({
      verdict,
      observed: expect.stringContaining(observed),
    });
  });

  it('counts only what lies in it, each period once, in any order', () => {
    const { start, end } = TEN_MINUTES;
    const before = { at: new Date(start.getTime() - 60_000), value: 1000 };
    const future = { at: new Date(end.getTime() + 3_600_000), value: 1000 };
    const late = { at: end, value: 1000 };
    fc.assert(
      fc.property(fc.shuffledSubarray(full(1).datapoints as never[], { minLength: 8 }), (points: never[]) => {
        const datapoints = [before, ...points, ...points, future, late];
        const result = judge(
          { kind: 'sum', atMost: points.length, atLeast: points.length },
          { datapoints, complete: true },
        );
        expect(result.verdict).toBe('pass');
      }),
    );
  });

  it('never passes by what is not there', () => {
    const kinds = fc.constantFrom('sum', 'average', 'minimum', 'maximum');
    fc.assert(
      fc.property(
        kinds,
        fc.array(fc.option(fc.nat(5), { nil: undefined }), { maxLength: 10 }),
        (kind, values) => {
          const present = values.filter((value) => value !== undefined).length;
          const { verdict } = judge({ kind, atMost: 1000 }, data(values));
          expect(verdict).toBe(present >= 8 ? 'pass' : 'unknown');
        },
      ),
    );
  });
});
