import type { Judgement } from '../../schemas/finding.ts';
import type { MetricAssertion, MetricSelector } from '../../schemas/health/metric-assertion.ts';
import { ProbeFailure } from '../http/probe/failure.ts';
import { keyOf, type Selection } from './collect.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { type Increase, increaseBetween } from './increase.ts';
import { needsTwoScrapes, subjectOf } from './metric-assertion.ts';
import type { Scrape } from './scrape.ts';
import { wordsOf } from './selector.ts';

/** A figure, or why there is none. */
type Measured =
  | { readonly value: number; readonly orMore?: boolean; readonly words: string }
  | { readonly why: string };
type Figures = {
  readonly total: number;
  readonly buckets: ReadonlyMap<number, number>;
  readonly words: string;
};

/**
 * Judges an assertion by the latest scrape, and by one before it where the assertion is about what happened in between. What is missing,
 * is broken or is no number is unknown.
 */
export function judgeMetric(
  assertion: MetricAssertion,
  after: Scrape | ProbeFailure,
  before?: Scrape | ProbeFailure,
): Judgement {
  const expected = `${subjectOf(assertion)} ${limitWords(assertion)}`;
  const measured = measure(assertion, after, before);
  if ('why' in measured) return { verdict: 'unknown', observed: measured.why, expected };
  const { value, orMore = false, words } = measured;
  return { verdict: compare(value, orMore, assertion), observed: words, expected };
}

function measure(
  assertion: MetricAssertion,
  after: Scrape | ProbeFailure,
  before: Scrape | ProbeFailure | undefined,
): Measured {
  if (after instanceof ProbeFailure) return { why: `no metrics: it ${after.message}` };
  const two = needsTwoScrapes(assertion);
  if (two && before === undefined) return { why: 'there is no earlier scrape to compare with' };
  if (before instanceof ProbeFailure) return { why: `no earlier metrics: it ${before.message}` };
  const seconds = two && before !== undefined ? (after.atMilliseconds - before.atMilliseconds) / 1000 : 0;
  if (two && !(seconds > 0)) return { why: 'the earlier scrape is not earlier' };
  const of = figuresOf(assertion.of, after, two ? before : undefined);
  if ('why' in of) return of;
  switch (assertion.kind) {
    case 'sum':
    case 'increase':
      return figure(of.total, of.words);
    case 'rate':
      return figure(of.total / seconds, ` per second over ${seconds.toFixed(1)} s${of.words}`);
    case 'ratio': {
      const to = figuresOf(assertion.to, after, two ? before : undefined);
      if ('why' in to) return to;
      if (!(to.total >= assertion.minimum))
        return {
          why: `${round(to.total)} of ${wordsOf(assertion.to)} prove nothing, ${assertion.minimum} are needed`,
        };
      return figure(of.total / to.total, ` (${round(of.total)} of ${round(to.total)})${to.words}`);
    }
    case 'quantile': {
      const observations = of.buckets.get(Number.POSITIVE_INFINITY) ?? 0;
      if (!(observations >= assertion.minimum))
        return { why: `${round(observations)} observations prove nothing, ${assertion.minimum} are needed` };
      const quantile = histogramQuantile(assertion.quantile, of.buckets);
      if (quantile === undefined) return { why: 'its buckets are no whole histogram' };
      const { value, orMore } = quantile;
      return {
        ...figure(value, `${orMore ? ' or more' : ''} of ${round(observations)} observations${of.words}`),
        orMore,
      };
    }
  }
}

function figuresOf(
  selector: MetricSelector,
  after: Scrape,
  before: Scrape | undefined,
): Figures | { readonly why: string } {
  const now = after.selections.get(keyOf(selector));
  const then = before?.selections.get(keyOf(selector));
  if (now === undefined || (before !== undefined && then === undefined))
    return { why: `${wordsOf(selector)} was not collected` };
  const spoilt = now.spoilt ?? then?.spoilt;
  if (spoilt !== undefined) return { why: `${wordsOf(selector)} cannot be used: ${spoilt}` };
  if (now.count === 0 && selector.absentIsZero !== true) return { why: `there is no ${wordsOf(selector)}` };
  return then === undefined ? totals(now) : increases(increaseBetween(then, now));
}

function totals({ sum, buckets, count }: Selection): Figures {
  return { total: sum, buckets, words: ` in ${count} series` };
}

function increases({ total, buckets, resets }: Increase): Figures {
  const words = resets === 0 ? '' : `, ${resets} counters began anew`;
  return { total, buckets, words };
}

function figure(value: number, words: string): Measured {
  return Number.isNaN(value)
    ? { why: `it is not a number${words}` }
    : { value, words: `${round(value)}${words}` };
}

type Limits = Pick<MetricAssertion, 'atLeast' | 'atMost' | 'warnBelow' | 'warnAbove'>;

/** A figure that may be more than it says can break an upper limit, and cannot keep one. */
function compare(value: number, orMore: boolean, limits: Limits): Judgement['verdict'] {
  const { atLeast = -Infinity, atMost = Infinity, warnBelow = -Infinity, warnAbove = Infinity } = limits;
  if (value > atMost) return 'fail';
  if (orMore && (value < atLeast || atMost !== Infinity)) return 'unknown';
  if (value < atLeast) return 'fail';
  if (value > warnAbove) return 'warn';
  if (orMore && (value < warnBelow || warnAbove !== Infinity)) return 'unknown';
  return value < warnBelow ? 'warn' : 'pass';
}

function limitWords({ atLeast, atMost, warnBelow, warnAbove }: Limits): string {
  const parts = [
    atLeast === undefined ? '' : `at least ${atLeast}`,
    atMost === undefined ? '' : `at most ${atMost}`,
    warnBelow === undefined ? '' : `better not below ${warnBelow}`,
    warnAbove === undefined ? '' : `better not above ${warnAbove}`,
  ].filter((part) => part !== '');
  // Without a limit, it is enough that there is a figure.
  return parts.length === 0 ? 'is told' : parts.join(', ');
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}
