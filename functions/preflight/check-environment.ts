import { gravest, type Verdict } from '../../schemas/finding.ts';
import type { Problem } from '../../schemas/preflight/problem.ts';
import { variablesOf } from '../../schemas/preflight/requirement.ts';
import type { PreflightRules } from '../../schemas/preflight/rules.ts';
import { checkForbidden } from './check-forbidden.ts';
import { checkFormats } from './check-formats.ts';
import { checkRequirements } from './check-requirements.ts';
import type { TaskEnvironment } from './environment.ts';

/** How an environment stands to the rules. */
export interface Preflight {
  /** The gravest of all checks. */
  readonly verdict: Verdict;
  /** How many checks found nothing wrong. */
  readonly passed: number;
  /** All that is wrong, at once; failures first, then what is unknown, then warnings. */
  readonly problems: readonly Problem[];
}

/**
 * Holds an environment to the rules of its service (P-12), without asking anybody.
 *
 * @param others what else is known to be wrong, such as lines that could not be read
 */
export function checkEnvironment(
  rules: PreflightRules,
  environment: TaskEnvironment,
  others: readonly Problem[] = [],
): Preflight {
  const known = variablesInRules(rules);
  const strangers = [...environment.keys()].filter((variable) => !known.has(variable));
  const checks = [
    ...others.map((problem) => ({ problem })),
    ...checkRequirements(rules, environment, strangers),
    ...checkFormats(rules, environment),
    ...checkForbidden(rules, environment),
  ];
  const problems = checks.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  return {
    verdict: gravest(checks.map(({ problem }) => problem?.verdict ?? 'pass')),
    passed: checks.length - problems.length,
    problems: (['fail', 'unknown', 'warn'] as const).flatMap((verdict) =>
      problems.filter((problem) => problem.verdict === verdict),
    ),
  };
}

/** Every variable that a rule names. */
function variablesInRules(rules: PreflightRules): ReadonlySet<string> {
  return new Set([
    ...rules.require.flatMap(variablesOf),
    ...rules.conditional.flatMap(({ when, require: needed }) => [
      when.variable,
      ...needed.flatMap(variablesOf),
    ]),
    ...Object.keys(rules.formats),
  ]);
}
