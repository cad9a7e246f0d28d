import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateMetricMath } from '../../../../sandbox/services/cloudwatch/metric-math.ts';

const PERIODS = [0, 60, 120];
type Points = ReadonlyArray<number | undefined>;

/** Points of the periods, a gap where undefined. */
const series = (points: Points) =>
  new Map(
    PERIODS.flatMap((at, index) => (points[index] === undefined ? [] : [[at, points[index]] as const])),
  );

/** What the expression gives in each period. */
function evaluate(expression: string, metrics: Record<string, Points> = {}): Points {
  const inputs = Object.fromEntries(Object.entries(metrics).map(([id, points]) => [id, series(points)]));
  const result = evaluateMetricMath(expression, inputs, PERIODS);
  return PERIODS.map((at) => result.get(at));
}

const _ = undefined;

describe('an expression', () => {
  const metrics = { a: [1, 2, 3], b: [10, _, 30], z: [0, 1, 0], none: [_, _, _] };

  test.each<[expression: string, points: Points]>([
    ['a', [1, 2, 3]],
    ['5', [5, 5, 5]],
    ['-a', [-1, -2, -3]],
    ['a + 1', [2, 3, 4]],
    ['1 - a', [0, -1, -2]],
    ['a * a', [1, 4, 9]],
    ['a ^ 2', [1, 4, 9]],
    ['1 + a * 2', [3, 5, 7]],
    ['(1 + a) * 2', [4, 6, 8]],
    ['a + b', [11, _, 33]],
    ['b + a', [11, _, 33]],
    ['a + none', [_, _, _]],
    ['a / z', [_, 2, _]],
    ['1 / 0', [_, _, _]],
    ['a > 2', [0, 0, 1]],
    ['a >= 2', [0, 1, 1]],
    ['a < 2', [1, 0, 0]],
    ['a <= 2', [1, 1, 0]],
    ['a == 2', [0, 1, 0]],
    ['a != 2', [1, 0, 1]],
    ['a > 1 AND a < 3', [0, 1, 0]],
    ['a > 1 && a < 3', [0, 1, 0]],
    ['a < 2 OR a > 2', [1, 0, 1]],
    ['a < 2 || a > 2', [1, 0, 1]],
    ['a AND z', [0, 1, 0]],
    ['ABS(0 - a)', [1, 2, 3]],
    ['CEIL(a / 2)', [1, 1, 2]],
    ['FLOOR(a / 2)', [0, 1, 1]],
  ])('%s', (expression, points) => {
    expect(evaluate(expression, metrics)).toEqual(points);
  });

  test.each([
    ['c', "no metric with the id 'c'"],
    ['a + c', "no metric with the id 'c'"],
    ['a % 2', "operator '%'"],
    ['RATE(a)', "function 'RATE'"],
    ['METRICS("a")', 'METRICS()'],
    ['METRICS()', 'a list of series'],
    ['[a, b]', 'a list of series'],
    ['1 < a < 3', 'chained comparisons'],
    ['"a"', 'does not understand'],
    ['IF(a)', 'IF needs more arguments'],
  ])('%s is refused with the reason', (expression, reason) => {
    expect(() => evaluate(expression, metrics)).toThrow(RangeError);
    expect(() => evaluate(expression, metrics)).toThrow(reason);
  });

  test('has a point only where all its metrics have one', () => {
    const points = fc.array(fc.option(fc.integer(), { nil: undefined }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(points, points, fc.constantFrom('+', '-', '*', '<', '=='), (a, b, operator) => {
        const both = PERIODS.map((_at, index) => a[index] !== undefined && b[index] !== undefined);
        const result = evaluate(`a ${operator} b`, { a, b });
        expect(result.map((point) => point !== undefined)).toEqual(both);
      }),
    );
  });
});

describe('IF', () => {
  const metrics = { test: [1, 0, _], yes: [10, 20, 30], no: [-1, -2, -3] };

  test.each<[expression: string, points: Points]>([
    ['IF(test, yes, no)', [10, -2, _]],
    ['IF(test, 1, 0)', [1, 0, _]],
    ['IF(test, yes, 0)', [10, 0, _]],
    ['IF(yes >= 20, yes, 0)', [0, 20, 30]],
    ['IF(1, yes, no)', [10, 20, 30]],
    ['IF(0, yes, no)', [-1, -2, -3]],
    ['IF(test, yes)', [10, _, _]],
    ['IF(test, 5)', [5, _, _]],
    ['IF(1, yes)', [10, 20, 30]],
    ['IF(0, yes)', [_, _, _]],
    ['IF(FILL(test, 1), yes, no)', [10, -2, 30]],
  ])('%s', (expression, points) => {
    expect(evaluate(expression, metrics)).toEqual(points);
  });
});

describe('FILL', () => {
  const metrics = { a: [_, 2, _], b: [7, 8, 9], none: [_, _, _] };

  test.each<[expression: string, points: Points]>([
    ['FILL(a, 0)', [0, 2, 0]],
    ['FILL(a, -1)', [-1, 2, -1]],
    ['FILL(a, b)', [7, 2, 9]],
    ['FILL(a, REPEAT)', [_, 2, 2]],
    ['FILL(none, 0)', [0, 0, 0]],
    ['FILL(none, REPEAT)', [_, _, _]],
    ['FILL(b, 0)', [7, 8, 9]],
    ['FILL(a, 0) + b', [7, 10, 9]],
  ])('%s', (expression, points) => {
    expect(evaluate(expression, metrics)).toEqual(points);
  });

  test('leaves no gap and changes no point that is there', () => {
    const points = fc.array(fc.option(fc.integer(), { nil: undefined }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(points, fc.integer(), (a, filler) => {
        expect(evaluate(`FILL(a, ${filler})`, { a })).toEqual(a.map((point) => point ?? filler));
      }),
    );
  });
});

describe('over several metrics', () => {
  const metrics = { a: [1, 2, _], b: [10, _, _] };

  test.each<[expression: string, points: Points]>([
    ['SUM([a, b])', [11, 2, _]],
    ['AVG([a, b])', [5.5, 2, _]],
    ['MAX([a, b])', [10, 2, _]],
    ['MIN([a, b])', [1, 2, _]],
    ['SUM(METRICS())', [11, 2, _]],
    ['SUM(FILL(METRICS(), 0))', [11, 2, 0]],
    ['SUM(FILL([a, b], 1))', [11, 3, 2]],
    ['SUM(METRICS() * 2)', [22, 4, _]],
    ['SUM(METRICS() / METRICS())', [2, 1, _]],
    ['MAX(ABS(METRICS() - 5))', [5, 3, _]],
    ['SUM(IF(a, METRICS()))', [11, 2, _]],
  ])('%s gives a point per period', (expression, points) => {
    expect(evaluate(expression, metrics)).toEqual(points);
  });

  test.each<[expression: string, points: Points]>([
    ['SUM(a)', [3, 3, 3]],
    ['AVG(a)', [1.5, 1.5, 1.5]],
    ['MAX(a)', [2, 2, 2]],
    ['MIN(a)', [1, 1, 1]],
    ['a / MAX(a)', [0.5, 1, _]],
  ])('%s of one metric is one number', (expression, points) => {
    expect(evaluate(expression, metrics)).toEqual(points);
  });

  test('nothing gives nothing, rather than a number that is none', () => {
    for (const name of ['SUM', 'AVG', 'MAX', 'MIN'])
      expect(evaluate(`${name}(a)`, { a: [_, _, _] })).toEqual([_, _, _]);
  });
});

describe('an error ratio, as alarms state it', () => {
  const ratio = 'IF(requests >= 20, 100 * (FILL(targets, 0) + FILL(balancer, 0)) / requests, 0)';

  test.each<[what: string, requests: Points, targets: Points, balancer: Points, percent: Points]>([
    ['errors of both kinds add up', [100, 100, 100], [5, _, 1], [5, 2, _], [10, 2, 1]],
    ['no errors are none', [100, 100, 100], [_, _, _], [_, _, _], [0, 0, 0]],
    ['little traffic does not count', [19, 20, 1], [19, 20, _], [_, _, _], [0, 100, 0]],
    ['no traffic gives no data', [_, _, 100], [1, 1, 1], [_, _, _], [_, _, 1]],
  ])('%s', (_what, requests, targets, balancer, percent) => {
    expect(evaluate(ratio, { requests, targets, balancer })).toEqual(percent);
  });
});
