import { nearestName } from '../../schemas/nearest-name.ts';
import type { Problem } from '../../schemas/preflight/problem.ts';
import { describeRequirement, neededParts, waysToMeet } from '../../schemas/preflight/requirement.ts';
import type { PreflightRules, Requirement } from '../../schemas/preflight/rules.ts';
import { type Checked, passed } from './checked.ts';
import { judgeCondition } from './condition.ts';
import { absence, isSet, type TaskEnvironment } from './environment.ts';

/** A name that differs by more letters than this is not even compared. */
const MOST_DIFFERENCE_IN_LENGTH = 3;
/** Names shorter than this resemble too many others. */
const SHORTEST_NAME = 4;

/** Which variables are needed and not there: always, in one of several ways, or under a condition. */
export function checkRequirements(
  { require: required, conditional }: PreflightRules,
  environment: TaskEnvironment,
  /** Names in the environment that no rule knows: one of them may be a slip of the keyboard. */
  strangers: readonly string[],
): Checked[] {
  const always = required.flatMap((requirement, index) =>
    check(requirement, `require[${index}]`, environment, strangers),
  );
  const sometimes = conditional.flatMap(({ when, require: needed }, index) => {
    const path = `conditional[${index}]`;
    const condition = judgeCondition(when, `${path}.when`, environment);
    if (condition.holds === false)
      return condition.problem === undefined ? [passed] : [{ problem: condition.problem }];
    return needed.flatMap((requirement, place) =>
      check(requirement, `${path}.require[${place}]`, environment, strangers, condition),
    );
  });
  return [...always, ...sometimes];
}

function check(
  required: Requirement,
  place: string,
  environment: TaskEnvironment,
  strangers: readonly string[],
  condition: { readonly holds: true | 'unknown'; readonly words: string } = { holds: true, words: '' },
): Checked[] {
  return neededParts(required, place).map(({ requirement, path }) => {
    const ways = waysToMeet(requirement, (variable) => isSet(environment, variable));
    if (ways.length === 0) return passed;
    const variables = [...new Set(ways.flat())];
    const alone = typeof requirement === 'string';
    const state = alone
      ? `it ${absence(environment, requirement)}`
      : variables.map((variable) => `${variable} ${absence(environment, variable)}`).join(', ');
    const problem: Problem = {
      verdict: condition.holds === true ? 'fail' : 'unknown',
      rule: path,
      variables,
      expected: `${alone ? 'must be set' : `needs ${describeRequirement(requirement)}`}${condition.words}`,
      observed: state,
      hint: [
        `Set ${ways.map((way) => way.join(' and ')).join(', or ')}.`,
        ...slips(variables, strangers),
      ].join(' '),
    };
    return { problem };
  });
}

function slips(variables: readonly string[], strangers: readonly string[]): string[] {
  return variables.flatMap((variable) => {
    if (variable.length < SHORTEST_NAME) return [];
    const alike = strangers.filter(
      (name) => Math.abs(name.length - variable.length) <= MOST_DIFFERENCE_IN_LENGTH,
    );
    const nearest = nearestName(variable, alike);
    return nearest === undefined ? [] : [`There is ${nearest}: is ${variable} meant?`];
  });
}
