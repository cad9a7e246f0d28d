import type { MetricAssertion } from '../../schemas/health/metric-assertion.ts';
import type { Wanted } from './collect.ts';
import { wordsOf } from './selector.ts';

/** Whether an assertion is about what happens between two scrapes. */
export function needsTwoScrapes(assertion: MetricAssertion): boolean {
  if (assertion.kind === 'sum') return false;
  return assertion.kind === 'increase' || assertion.kind === 'rate' || assertion.over === 'increase';
}

/** What has to be collected to judge some assertions. */
export function wantedBy(assertions: readonly MetricAssertion[]): Wanted[] {
  return assertions.flatMap((assertion) =>
    (assertion.kind === 'ratio' ? [assertion.of, assertion.to] : [assertion.of]).map((selector) => ({
      selector,
      series: needsTwoScrapes(assertion),
    })),
  );
}

/** What is measured, in words: `ratio of errors_total to requests_total`. */
export function subjectOf(assertion: MetricAssertion): string {
  const of = wordsOf(assertion.of);
  const between = needsTwoScrapes(assertion) ? ' between two scrapes' : '';
  if (assertion.kind === 'ratio') return `ratio of ${of} to ${wordsOf(assertion.to)}${between}`;
  if (assertion.kind === 'quantile')
    return `p${Number((100 * assertion.quantile).toFixed(3))} of ${of}${between}`;
  return `${assertion.kind} of ${of}`;
}
