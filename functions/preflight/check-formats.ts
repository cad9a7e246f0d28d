import { describeFormat, formatMismatch } from '../../schemas/preflight/formats.ts';
import type { Format, PreflightRules } from '../../schemas/preflight/rules.ts';
import { type Checked, passed } from './checked.ts';
import { isSet, knownValue, type TaskEnvironment } from './environment.ts';

/** Which variables do not look as they must. One that is not set is a matter of what is required. */
export function checkFormats({ formats }: PreflightRules, environment: TaskEnvironment): Checked[] {
  return Object.entries(formats).flatMap(([variable, format]) => {
    if (!isSet(environment, variable)) return [];
    const value = knownValue(environment, variable);
    if (value === undefined) return [judged('unknown', variable, format, 'its value is not known here')];
    const mismatch = formatMismatch(format, value);
    return [mismatch === undefined ? passed : judged('fail', variable, format, `found ${mismatch}`)];
  });
}

function judged(verdict: 'fail' | 'unknown', variable: string, format: Format, observed: string): Checked {
  return {
    problem: {
      verdict,
      rule: `formats.${variable}`,
      variables: [variable],
      expected: `must be ${describeFormat(format)}`,
      observed,
      hint: verdict === 'fail' ? 'Correct the value.' : 'Check it where it can be read.',
    },
  };
}
