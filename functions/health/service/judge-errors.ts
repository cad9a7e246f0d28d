import type { Judgement } from '../../../schemas/finding.ts';

/** What a load balancer has counted in a window. */
export interface BalancerCounts {
  /** Undefined where it told nothing at all. */
  readonly requests: number | undefined;
  /** Answers of the targets by status class: `2xx`. */
  readonly classes: Readonly<Record<string, number>>;
  /** Answers 5xx that it gave itself. */
  readonly balancerErrors: number;
  /** All of it could be read. */
  readonly complete: boolean;
}

export interface ErrorLimits {
  readonly ratioPercent: number;
  readonly minimumRequests: number;
  readonly countLimit: number;
  readonly windowSeconds: number;
}

/** Judges the ratio of errors and their number (P-04, P-06). Where there were too few requests the ratio is unknown, and the number still counts. */
export function judgeErrors(
  counts: BalancerCounts,
  limits: ErrorLimits,
): { ratio: Judgement; count: Judgement } {
  const { requests, classes, balancerErrors, complete } = counts;
  const { ratioPercent, minimumRequests, countLimit, windowSeconds } = limits;
  const within = `in ${Math.round(windowSeconds / 60)} minutes`;
  const expectations = {
    ratio: `at most ${ratioPercent} % errors of at least ${minimumRequests} requests`,
    count: `fewer than ${countLimit} errors ${within}`,
  };
  const both = (observed: string) => ({
    ratio: { verdict: 'unknown' as const, observed, expected: expectations.ratio },
    count: { verdict: 'unknown' as const, observed, expected: expectations.count },
  });
  if (!complete) return both('not all of the counts could be read');
  const errors = (classes['5xx'] ?? 0) + balancerErrors;
  if (requests === undefined && errors === 0) return both(`no request was counted ${within}`);
  const byClass = Object.entries(classes).map(([name, count]) => `${name} ${count}`);
  const count: Judgement = {
    verdict: errors >= countLimit ? 'warn' : 'pass',
    observed: `${errors} ${within} (${[...byClass, `5xx of the balancer ${balancerErrors}`].join(', ')})`,
    expected: expectations.count,
  };
  // What never reached a target is no request of the target group, and failed all the same.
  const all = Math.max(requests ?? 0, errors);
  if (all < minimumRequests)
    return {
      ratio: {
        verdict: 'unknown',
        observed: `${errors} of ${all} requests ${within}: so few prove nothing`,
        expected: expectations.ratio,
      },
      count,
    };
  const percent = (100 * errors) / all;
  return {
    ratio: {
      verdict: percent > ratioPercent ? 'fail' : 'pass',
      observed: `${percent.toFixed(2)} % of ${all} requests ${within}`,
      expected: expectations.ratio,
    },
    count,
  };
}
