import type { Problem } from '../../schemas/preflight/problem.ts';
import type { Condition } from '../../schemas/preflight/rules.ts';
import { TRUTH_WORDS, truthOf } from '../../schemas/preflight/truth.ts';
import { kindOfValue } from '../../schemas/preflight/value-kind.ts';
import { isSet, knownValue, type TaskEnvironment } from './environment.ts';

type Judged =
  | { readonly holds: true | 'unknown'; readonly words: string }
  | { readonly holds: false; readonly problem?: Problem };

/** Whether a condition holds. One whose variable is not set does not; one whose value is not known may. */
export function judgeCondition(condition: Condition, rule: string, environment: TaskEnvironment): Judged {
  const { variable, is } = condition;
  if (!isSet(environment, variable)) return { holds: false };
  const words = ` when ${variable} is ${is === true ? 'true' : is.join(' or ')}`;
  const value = knownValue(environment, variable);
  if (value === undefined) return { holds: 'unknown', words: `${words}, which is not known here` };
  if (is !== true) return is.includes(value) ? { holds: true, words } : { holds: false };
  const truth = truthOf(value);
  if (truth !== undefined) return truth ? { holds: true, words } : { holds: false };
  return {
    holds: false,
    problem: {
      verdict: 'fail',
      rule,
      variables: [variable],
      expected: `must be ${TRUTH_WORDS}`,
      observed: `found ${kindOfValue(value)}`,
      hint: 'Other variables are needed when it is true, so it must be plain whether it is.',
    },
  };
}
