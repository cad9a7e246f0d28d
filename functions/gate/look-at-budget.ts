import { type Finding, gravest } from '../../schemas/finding.ts';
import type { ErrorBudgetPolicy } from '../../schemas/gate.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { finding } from '../health/findings.ts';
import type { Part } from '../health/look-at-all.ts';
import { countedBetween, coveredShare, judgeBudget, judgeBurnRate } from './error-budget.ts';
import { type CountedWindow, readCounts } from './read-counts.ts';

const CHECK = 'error-budget';
const EXPECTED = 'a part of the error budget is left, and it is not being spent too fast';

/** The error budget of a service, as one finding (P-16). */
export function budgetPart(target: ServiceTarget, policy: ErrorBudgetPolicy | undefined): Part {
  return {
    kind: 'gate',
    check: CHECK,
    expected: EXPECTED,
    look: async (signal) => {
      const { loadBalancer, targetGroup } = target;
      const unknown = (observed: string) => [
        finding('gate', CHECK, { verdict: 'unknown', observed, expected: EXPECTED }),
      ];
      if (policy === undefined) return unknown('no objective is declared');
      if (loadBalancer === undefined || targetGroup === undefined)
        return unknown('the configuration names no load balancer whose requests could be counted');
      const now = new Date();
      return [
        judgeCounted(await readCounts({ loadBalancer, targetGroup }, policy, now, signal), policy, now),
      ];
    },
  };
}

/** Judges what was counted: what is left, and how fast it goes. All of it is told, and the gravest counts. */
export function judgeCounted(counted: CountedWindow, policy: ErrorBudgetPolicy, at: Date): Finding {
  const { periods, start, end, complete } = counted;
  if (!complete)
    return finding(
      'gate',
      CHECK,
      {
        verdict: 'unknown',
        observed: 'not all of the counts could be read',
        expected: EXPECTED,
      },
      at,
    );
  const before = (seconds: number) => new Date(end.getTime() - seconds * 1000);
  const budget = judgeBudget(
    countedBetween(periods, start, end),
    coveredShare(periods, policy.windowDays, end),
    policy,
  );
  const burning = policy.burnRates
    .map((limit) =>
      judgeBurnRate(
        countedBetween(periods, before(limit.longSeconds), end),
        countedBetween(periods, before(limit.shortSeconds), end),
        limit,
        policy,
      ),
    )
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict, observed, expected }) => ({
      verdict,
      observed: `it is being spent at a rate of ${observed} (${expected})`,
    }));
  return finding(
    'gate',
    CHECK,
    {
      verdict: gravest([budget, ...burning].map(({ verdict }) => verdict)),
      observed: [budget, ...burning].map(({ observed }) => observed).join('; '),
      expected: budget.expected,
    },
    at,
  );
}
