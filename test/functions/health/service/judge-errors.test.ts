import { describe, expect, it } from 'vitest';
import { type BalancerCounts, judgeErrors } from '../../../../functions/health/service/judge-errors.ts';

const LIMITS = { ratioPercent: 1, minimumRequests: 20, countLimit: 10, windowSeconds: 3600 };
const judge = (counts: Partial<BalancerCounts>) => {
  const { ratio, count } = judgeErrors(
    { requests: 1000, classes: {}, balancerErrors: 0, complete: true, ...counts },
    LIMITS,
  );
  return [ratio.verdict, count.verdict];
};

describe('errors of the last hour', () => {
  it.each<[string, Partial<BalancerCounts>, string[]]>([
    ['none', {}, ['pass', 'pass']],
    ['as many as are allowed', { classes: { '5xx': 9 } }, ['pass', 'pass']],
    [
      'a small share that is many all the same',
      { requests: 100_000, classes: { '5xx': 10 } },
      ['pass', 'warn'],
    ],
    ['exactly one percent', { classes: { '5xx': 10 } }, ['pass', 'warn']],
    ['more than one percent', { classes: { '5xx': 11 } }, ['fail', 'warn']],
    ['those of the balancer too', { balancerErrors: 11 }, ['fail', 'warn']],
    ['those of the caller not', { classes: { '4xx': 900 } }, ['pass', 'pass']],
    ['too few requests', { requests: 19, classes: { '5xx': 1 } }, ['unknown', 'pass']],
    ['too few requests of which most failed', { requests: 19, classes: { '5xx': 15 } }, ['unknown', 'warn']],
    [
      'nothing but errors of the balancer, with no task',
      { requests: undefined, balancerErrors: 40 },
      ['fail', 'warn'],
    ],
    ['no traffic at all', { requests: undefined }, ['unknown', 'unknown']],
    ['counts that are not all there', { complete: false }, ['unknown', 'unknown']],
  ])('%s', (_, counts, verdicts) => {
    expect(judge(counts)).toEqual(verdicts);
  });

  it('are told by status class', () => {
    const { ratio, count } = judgeErrors(
      { requests: 400, classes: { '2xx': 300, '4xx': 90, '5xx': 10 }, balancerErrors: 2, complete: true },
      LIMITS,
    );
    expect(ratio.observed).toBe('3.00 % of 400 requests in 60 minutes');
    expect(count.observed).toBe('12 in 60 minutes (2xx 300, 4xx 90, 5xx 10, 5xx of the balancer 2)');
  });
});
