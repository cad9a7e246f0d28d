import { type MathNode, parse } from 'mathjs';
import type { Series } from './metric-store.ts';

/** A value of metric math: one number, one series, or a list of series. */
type Value = number | Series | Series[];

const isSeries = (value: Value): value is Series => value instanceof Map;
const isList = (value: Value): value is Series[] => Array.isArray(value);

const operators: Record<string, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  and: (left, right) => Number(left !== 0 && right !== 0),
  or: (left, right) => Number(left !== 0 || right !== 0),
};

/** A point exists where all operands have one; a division by zero gives none. A list is combined entry by entry. */
function combine(values: Value[], apply: (...numbers: number[]) => number): Value {
  const list = values.find(isList);
  if (list)
    return list.map((_, index) => {
      const entries = values.map((value) => (isList(value) ? (value[index] ?? new Map()) : value));
      return combine(entries, apply) as Series;
    });
  const series = values.filter(isSeries);
  if (series.length === 0) return apply(...(values as number[]));
  const result = new Map<number, number>();
  for (const at of (series[0] as Series).keys()) {
    const numbers = values.map((value) => (isSeries(value) ? value.get(at) : (value as number)));
    if (numbers.some((number) => number === undefined)) continue;
    const number = apply(...(numbers as number[]));
    if (Number.isFinite(number)) result.set(at, number);
  }
  return result;
}

function reduceSeries(value: Value, reduce: (numbers: number[]) => number): Value {
  if (typeof value === 'number') return value;
  // Over a list of series: point by point where any has one. Over one series: one number.
  if (isSeries(value)) return value.size === 0 ? Number.NaN : reduce([...value.values()]);
  const result = new Map<number, number>();
  for (const at of new Set(value.flatMap((series) => [...series.keys()]))) {
    result.set(at, reduce(value.map((series) => series.get(at)).filter((number) => number !== undefined)));
  }
  return result;
}

/** Fills the periods without a point. */
function fill(value: Value, filler: Value | 'REPEAT', periods: readonly number[]): Value {
  if (isList(value)) return value.map((series) => fill(series, filler, periods) as Series);
  if (!isSeries(value)) return value;
  const result = new Map<number, number>();
  let last: number | undefined;
  for (const at of periods) {
    const number =
      value.get(at) ??
      (filler === 'REPEAT'
        ? last
        : isSeries(filler as Value)
          ? (filler as Series).get(at)
          : (filler as number));
    if (number === undefined) continue;
    last = number;
    result.set(at, number);
  }
  return result;
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/**
 * Evaluates a CloudWatch metric math expression over the given series.
 *
 * @param periods starts of all periods asked for, in milliseconds: where FILL may put points
 * @throws RangeError naming a function, operator or metric id that is not known
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function evaluateMetricMath(
  expression: string,
  series: Readonly<Record<string, Series>>,
  periods: readonly number[],
): Series {
  const value = evaluate(
    parse(
      expression
        .replaceAll('&&', ' and ')
        .replaceAll('||', ' or ')
        .replace(/\bAND\b/g, 'and')
        .replace(/\bOR\b/g, 'or'),
    ),
    series,
    periods,
  );
  if (isSeries(value)) return value;
  if (typeof value === 'number')
    return new Map(Number.isFinite(value) ? periods.map((at) => [at, value]) : []);
  throw new RangeError(`The expression '${expression}' gives a list of series where one is needed.`);
}

// biome-ignore lint/suspicious/noExplicitAny: mathjs nodes are told apart by `type`.
function evaluate(node: any, series: Readonly<Record<string, Series>>, periods: readonly number[]): Value {
  const inner = (child: MathNode) => evaluate(child, series, periods);
  switch (node.type) {
    case 'ConstantNode':
      if (typeof node.value !== 'number')
        throw new RangeError(`The sandbox does not understand '${node.toString()}' in metric math.`);
      return node.value;
    case 'ParenthesisNode':
      return inner(node.content);
    case 'ArrayNode':
      return node.items.map((item: MathNode) => inner(item)).filter(isSeries);
    case 'SymbolNode': {
      const found = series[node.name];
      if (!found) throw new RangeError(`There is no metric with the id '${node.name}'.`);
      return found;
    }
    case 'OperatorNode': {
      if (node.op === '-' && node.args.length === 1)
        return combine([inner(node.args[0])], (number) => -number);
      const apply = operators[node.op];
      if (!apply) throw new RangeError(`The sandbox does not know the operator '${node.op}' of metric math.`);
      return combine(node.args.map(inner), (...numbers) => apply(numbers[0] as number, numbers[1] as number));
    }
    // mathjs folds `a < b` chains into one node.
    case 'RelationalNode':
      throw new RangeError('Metric math has no chained comparisons.');
    case 'FunctionNode':
      return callFunction(node.fn.name, node.args, inner, series, periods);
    default:
      throw new RangeError(`The sandbox does not understand '${node.toString()}' in metric math.`);
  }
}

function callFunction(
  name: string,
  parameters: MathNode[],
  inner: (node: MathNode) => Value,
  series: Readonly<Record<string, Series>>,
  periods: readonly number[],
): Value {
  const argument = (index: number): Value => {
    const node = parameters[index];
    if (!node) throw new RangeError(`${name} needs more arguments.`);
    return inner(node);
  };
  switch (name) {
    case 'IF':
      return parameters.length < 3
        ? keep(argument(0), argument(1), periods)
        : combine(
            [argument(0), argument(1), argument(2)],
            (test, yes, no) => (test !== 0 ? yes : no) as number,
          );
    case 'FILL': {
      const filler = parameters[1] as unknown as { type: string; name: string };
      return fill(
        argument(0),
        filler?.type === 'SymbolNode' && filler.name === 'REPEAT' ? 'REPEAT' : argument(1),
        periods,
      );
    }
    case 'METRICS':
      if (parameters.length > 0) throw new RangeError('The sandbox knows METRICS() without arguments only.');
      return Object.values(series);
    case 'SUM':
      return reduceSeries(argument(0), sum);
    case 'AVG':
      return reduceSeries(argument(0), (numbers) => sum(numbers) / numbers.length);
    case 'MAX':
      return reduceSeries(argument(0), (numbers) => Math.max(...numbers));
    case 'MIN':
      return reduceSeries(argument(0), (numbers) => Math.min(...numbers));
    case 'ABS':
      return combine([argument(0)], Math.abs);
    case 'CEIL':
      return combine([argument(0)], Math.ceil);
    case 'FLOOR':
      return combine([argument(0)], Math.floor);
    default:
      throw new RangeError(`The sandbox does not know the metric math function '${name}'.`);
  }
}

/** `IF(test, value)` keeps the points where the test holds. */
function keep(test: Value, value: Value, periods: readonly number[]): Value {
  if (isList(value)) return value.map((series) => keep(test, series, periods) as Series);
  const everywhere = (one: Value): Series =>
    isSeries(one) ? one : new Map(periods.map((at) => [at, one as number]));
  const tests = everywhere(test);
  return new Map([...everywhere(value)].filter(([at]) => (tests.get(at) ?? 0) !== 0));
}
