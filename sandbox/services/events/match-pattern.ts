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

/**
 * Reads a whole pattern, for {@link matchesPattern} stops at the first key that decides.
 *
 * @throws RangeError naming what EventBridge would refuse, or an operator that the sandbox does not know
 */
export function checkPattern(pattern: Any): void {
  for (const [key, wanted] of Object.entries<Any>(pattern)) {
    if (key === '$or') for (const alternative of wanted) checkPattern(alternative);
    else if (Array.isArray(wanted)) for (const rule of wanted) checkRule(rule);
    else if (typeof wanted === 'object' && wanted !== null) checkPattern(wanted);
    else throw new RangeError(`Event pattern is not valid. '${key}' must be an object or an array.`);
  }
}

const isObject = (value: Any): boolean => typeof value === 'object' && value !== null;

function checkRule(rule: Any): void {
  if (!isObject(rule)) return;
  const [operator] = Object.keys(rule);
  if (!OPERATORS.includes(operator as string))
    throw new RangeError(`The sandbox does not know the event pattern operator '${operator}'.`);
  const argument = rule[operator as string];
  if (operator === 'anything-but' && isObject(argument) && !Array.isArray(argument)) checkRule(argument);
  if (operator !== 'numeric') return;
  const unknown = argument.find((part: Any, index: number) => index % 2 === 0 && !(part in NUMERIC));
  if (unknown !== undefined)
    throw new RangeError(`The sandbox does not know the numeric operator '${unknown}' of event patterns.`);
}

const OPERATORS = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard', 'anything-but', 'numeric', 'exists'];

function matchesAny(wanted: Any[], found: Any): boolean {
  const values = Array.isArray(found) ? found : [found];
  return wanted.some((rule) =>
    isExists(rule) ? rule.exists === isLeaf(found) : values.some((value) => matchesOne(rule, value)),
  );
}

const isExists = (rule: Any): boolean => typeof rule === 'object' && rule !== null && 'exists' in rule;

/** Only a leaf exists for EventBridge: an object's own members are the fields. */
const isLeaf = (found: Any): boolean =>
  Array.isArray(found) ? found.some(isLeaf) : found !== undefined && !isObject(found);

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
      return text !== undefined && matchesStars(argument, text);
    case 'anything-but':
      if (value === undefined || isObject(value)) return false;
      return alternatives(argument).every((one) => !matchesOne(one, value));
    case 'numeric':
      return typeof value === 'number' && numericHolds(argument, value);
    default:
      throw new RangeError(`The sandbox does not know the event pattern operator '${operator}'.`);
  }
}

/** What `anything-but` must not be: `x`, `[x, y]`, `{ prefix: x }` or `{ prefix: [x, y] }`. */
function alternatives(argument: Any): Any[] {
  if (Array.isArray(argument)) return argument;
  if (!isObject(argument)) return [argument];
  const [operator] = Object.keys(argument) as [string];
  const inner = argument[operator];
  return Array.isArray(inner) ? inner.map((one) => ({ [operator]: one })) : [argument];
}

/** `*` is any run of characters; a backslash makes a star or a backslash an ordinary character. */
function matchesStars(pattern: string, text: string): boolean {
  const source = pattern.replace(/\\([*\\])|\*|[.+?^${}()|[\]\\]/g, (part, escaped: string | undefined) =>
    escaped !== undefined ? `\\${escaped}` : part === '*' ? '.*' : `\\${part}`,
  );
  return new RegExp(`^${source}$`, 's').test(text);
}

const NUMERIC: Record<string, (value: number, limit: number) => boolean> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function numericHolds(conditions: Array<string | number>, value: number): boolean {
  for (let index = 0; index < conditions.length; index += 2)
    if (!NUMERIC[conditions[index] as string]?.(value, conditions[index + 1] as number)) return false;
  return true;
}
