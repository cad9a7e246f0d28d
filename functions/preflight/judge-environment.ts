import type { Judgement } from '../../schemas/finding.ts';
import type { Problem } from '../../schemas/preflight/problem.ts';
import type { PreflightRules } from '../../schemas/preflight/rules.ts';
import { checkEdges } from './check-edges.ts';
import { checkEnvironment } from './check-environment.ts';
import type { TaskEnvironment } from './environment.ts';

/** A judgement with the name of its check. */
export interface Named extends Judgement {
  readonly check: string;
}

/**
 * Holds the environment of a task to the rules of its service (P-12).
 *
 * @param rules undefined where none were declared
 * @param files number of files that set further variables, and are not looked into
 */
export function judgeEnvironment(
  rules: PreflightRules | undefined,
  environment: TaskEnvironment,
  files: number,
): Named[] {
  if (rules === undefined)
    return [
      {
        check: 'environment',
        verdict: 'warn',
        observed: 'no rules are declared for it',
        expected: 'must be held to rules',
        next: "Declare the service's preflight.",
      },
    ];
  const { passed, problems } = checkEnvironment(rules, environment, checkEdges(environment));
  return [
    ...(files === 0 ? [] : [notLookedInto(files)]),
    ...problems.map((problem) => named(files === 0 ? problem : mayBeInFile(problem, environment))),
    {
      check: 'environment',
      verdict: 'pass',
      observed: `${passed} checks of ${environment.size} variables found nothing wrong`,
      expected: 'must be as its rules say',
    },
  ];
}

function notLookedInto(files: number): Named {
  return {
    check: 'environment files',
    verdict: 'unknown',
    observed: `${files === 1 ? 'a file with variables is' : `${files} files with variables are`} not looked into`,
    expected: 'must have its variables in the task definition, or in secrets, to be checked',
  };
}

/** What the task definition does not set may be set by a file. */
function mayBeInFile(problem: Problem, environment: TaskEnvironment): Problem {
  const isMissing =
    /^(require|conditional)/.test(problem.rule) &&
    problem.variables.some((variable) => !environment.has(variable));
  return isMissing
    ? { ...problem, verdict: 'unknown', observed: `${problem.observed}, unless a file sets it` }
    : problem;
}

/** The variables stand in brackets: followed by a colon, some would look like secrets to whoever redacts. */
function named({ rule, variables, verdict, observed, expected, hint }: Problem): Named {
  const kind = rule.startsWith('formats.') ? 'formats' : rule;
  return {
    check: variables.length === 0 ? kind : `${kind} (${variables.join(', ')})`,
    verdict,
    observed,
    expected,
    next: hint,
  };
}
