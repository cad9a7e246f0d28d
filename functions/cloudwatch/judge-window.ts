import type { Judgement } from '../../schemas/finding.ts';
import type { WindowAssertion } from '../../schemas/health/window-assertion.ts';
import { percentile } from '../percentile.ts';

/** One datapoint; `at` is the beginning of its period. */
export interface Datapoint {
  readonly at: Date;
  readonly value: number;
}

/** Whole periods: `start` and `end` lie on their borders. */
export interface Window {
  readonly start: Date;
  readonly end: Date;
  readonly periodSeconds: number;
}

/** What CloudWatch answered for one metric. */
export interface MetricData {
  readonly datapoints: readonly Datapoint[];
  /** All of it came: StatusCode `Complete` and no further page. */
  readonly complete: boolean;
}

/** Much of a window may be missing only where that is said. */
const COVERAGE = 0.8;

/**
 * The last whole periods, up to some time ago: datapoints come late, and the youngest ones still change.
 *
 * @param lateSeconds after which datapoints are taken to be there; a minute or two is usual
 */
export function windowBefore(now: Date, lateSeconds: number, periodSeconds: number, periods: number): Window {
  const period = periodSeconds * 1000;
  const end = Math.floor((now.getTime() - lateSeconds * 1000) / period) * period;
  return { start: new Date(end - periods * period), end: new Date(end), periodSeconds };
}

/** Judges the metrics of a window; `below` is what a ratio is measured against. Missing data is unknown. */
export function judgeWindow(
  assertion: WindowAssertion,
  window: Window,
  data: MetricData,
  below?: MetricData,
): Judgement {
  const { name, kind, atLeast, atMost } = assertion;
  const limitWords = [
    atLeast === undefined ? '' : `at least ${atLeast}`,
    atMost === undefined ? '' : `at most ${atMost}`,
  ].filter((part) => part !== '');
  const what = kind === 'percentile' ? `p${assertion.percent}` : kind;
  const expected = `${what} of ${name} ${limitWords.join(', ') || 'is known'}`;
  const measured = measure(assertion, window, data, below);
  if ('why' in measured) return { verdict: 'unknown', observed: measured.why, expected };
  const { value, words } = measured;
  const kept = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  return { verdict: kept ? 'pass' : 'fail', observed: `${Number(value.toPrecision(4))}${words}`, expected };
}

type Measured = { readonly value: number; readonly words: string } | { readonly why: string };

function measure(
  assertion: WindowAssertion,
  window: Window,
  data: MetricData,
  below: MetricData | undefined,
): Measured {
  const { absentIsZero = false, coverage = COVERAGE } = assertion;
  const ratio = assertion.kind === 'ratio';
  // Where absence is zero, a window of nothing is full of zeros.
  const upper = valuesIn(window, data, absentIsZero ? 0 : coverage);
  if ('why' in upper) return upper;
  const periods = periodsOf(window);
  if (!ratio) {
    const missing = absentIsZero ? Array<number>(Math.max(0, periods - upper.values.length)).fill(0) : [];
    const value = statistic(assertion, [...upper.values, ...missing]);
    return { value, words: ` over ${upper.values.length} of ${periods} periods` };
  }
  if (below === undefined) return { why: 'there is nothing to measure it against' };
  const lower = valuesIn(window, below, coverage);
  if ('why' in lower) return { why: `of what it is measured against, ${lower.why}` };
  const [above, total] = [sumOf(upper.values), sumOf(lower.values)];
  if (!(total >= assertion.minimum))
    return { why: `${total} prove nothing, ${assertion.minimum} are needed` };
  return { value: above / total, words: ` (${above} of ${total})` };
}

/** Values of the window, one for each period; what lies outside, before or in a future that another clock made, does not count. */
function valuesIn(
  window: Window,
  { datapoints, complete }: MetricData,
  coverage: number,
): { readonly values: readonly number[] } | { readonly why: string } {
  if (!complete) return { why: 'not all datapoints could be read' };
  const inside = datapoints.filter(({ at }) => at >= window.start && at < window.end);
  // An answer in pages may tell a datapoint twice.
  const values = [...new Map(inside.map(({ at, value }) => [at.getTime(), value])).values()];
  const periods = periodsOf(window);
  if (values.some(Number.isNaN)) return { why: 'a datapoint is not a number' };
  if (!(periods > 0) || values.length < coverage * periods)
    return { why: `${values.length} of ${periods} periods have a datapoint` };
  return { values };
}

function statistic(
  assertion: Exclude<WindowAssertion, { kind: 'ratio' }>,
  values: readonly number[],
): number {
  switch (assertion.kind) {
    case 'sum':
      return sumOf(values);
    case 'average':
      return sumOf(values) / values.length;
    case 'minimum':
      return Math.min(...values);
    case 'maximum':
      return Math.max(...values);
    case 'percentile':
      return percentile(values, assertion.percent);
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function periodsOf({ start, end, periodSeconds }: Window): number {
  return Math.round((end.getTime() - start.getTime()) / 1000 / periodSeconds);
}
