import { matchesWildcard } from '../../wildcard.ts';

// biome-ignore lint/suspicious/noExplicitAny: patterns and events are JSON.
type Any = any;

/**
 * Whether an event matches an EventBridge pattern.
 *
 * @throws RangeError for an operator that the sandbox does not know
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function matchesPattern(pattern: Any, event: Any): boolean {
  return Object.entries<Any>(pattern).every(([key, wanted]) => {
    if (key === '$or') return wanted.some((alternative: Any) => matchesPattern(alternative, event));
    const found = event?.[key];
    if (Array.isArray(wanted)) return matchesAny(wanted, found);
    // A list in the event matches where any of its entries does.
    if (Array.isArray(found)) return found.some((item) => matchesPattern(wanted, item));
    return typeof found === 'object' && found !== null
      ? matchesPattern(wanted, found)
      : matchesPattern(wanted, {});
  });
}

function matchesAny(wanted: Any[], found: Any): boolean {
  const values = Array.isArray(found) ? found : [found];
  return wanted.some((rule) =>
    isExists(rule) ? rule.exists === (found !== undefined) : values.some((value) => matchesOne(rule, value)),
  );
}

const isExists = (rule: Any): boolean => typeof rule === 'object' && rule !== null && 'exists' in rule;

function matchesOne(rule: Any, value: Any): boolean {
  if (typeof rule !== 'object' || rule === null) return rule === value;
  const [operator] = Object.keys(rule);
  const argument = rule[operator as string];
  const text = typeof value === 'string' ? value : undefined;
  switch (operator) {
    case 'prefix':
      return (
        text !== undefined &&
        (typeof argument === 'object'
          ? text.toLowerCase().startsWith(argument['equals-ignore-case'].toLowerCase())
          : text.startsWith(argument))
      );
    case 'suffix':
      return (
        text !== undefined &&
        (typeof argument === 'object'
          ? text.toLowerCase().endsWith(argument['equals-ignore-case'].toLowerCase())
          : text.endsWith(argument))
      );
    case 'equals-ignore-case':
      return text?.toLowerCase() === argument.toLowerCase();
    case 'wildcard':
      return (
        text !== undefined &&
        matchesWildcard(argument.replaceAll('?', '\u0000'), text.replaceAll('?', '\u0000'))
      );
    case 'anything-but':
      if (value === undefined) return false;
      if (Array.isArray(argument)) return !argument.includes(value);
      return typeof argument === 'object' ? !matchesOne(argument, value) : argument !== value;
    case 'numeric':
      return typeof value === 'number' && numericHolds(argument, value);
    default:
      throw new RangeError(`The sandbox does not know the event pattern operator '${operator}'.`);
  }
}

function numericHolds(conditions: Array<string | number>, value: number): boolean {
  for (let index = 0; index < conditions.length; index += 2) {
    const limit = conditions[index + 1] as number;
    const holds = {
      '=': value === limit,
      '<': value < limit,
      '<=': value <= limit,
      '>': value > limit,
      '>=': value >= limit,
    }[conditions[index] as string];
    if (!holds) return false;
  }
  return true;
}
