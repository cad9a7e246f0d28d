import { matchesWildcard } from '../wildcard.ts';
import { matchesArn } from './match-arn.ts';

/** Condition keys of a request and their values. */
export type ConditionValues = Readonly<Record<string, string | readonly string[] | undefined>>;

type Comparison = (wanted: string, found: string) => boolean;

const numbers = (compare: (found: number, wanted: number) => boolean): Comparison => {
  return (wanted, found) => compare(Number(found), Number(wanted));
};
const dates = (compare: (found: number, wanted: number) => boolean): Comparison => {
  // Dates are ISO 8601 or epoch seconds.
  const instant = (text: string) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));
  return (wanted, found) => compare(instant(found), instant(wanted));
};
const less = (found: number, wanted: number) => found < wanted;
const lessOrEqual = (found: number, wanted: number) => found <= wanted;
const greater = (found: number, wanted: number) => found > wanted;
const greaterOrEqual = (found: number, wanted: number) => found >= wanted;
const equal = (found: number, wanted: number) => found === wanted;

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: (wanted, found) => wanted === found,
  StringEqualsIgnoreCase: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
  StringLike: (wanted, found) => matchesWildcard(wanted, found),
  // IAM gives both the same meaning.
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  Bool: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
  NumericEquals: numbers(equal),
  NumericLessThan: numbers(less),
  NumericLessThanEquals: numbers(lessOrEqual),
  NumericGreaterThan: numbers(greater),
  NumericGreaterThanEquals: numbers(greaterOrEqual),
  DateEquals: dates(equal),
  DateLessThan: dates(less),
  DateLessThanEquals: dates(lessOrEqual),
  DateGreaterThan: dates(greater),
  DateGreaterThanEquals: dates(greaterOrEqual),
};

/** Operators that say no to what another says yes to. */
const negations: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
};

interface Operator {
  readonly name: string;
  readonly set: string | undefined;
  readonly ifExists: boolean;
}

function readOperator(text: string): Operator {
  const [, set, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(text) ?? [];
  return { name, set, ifExists: ifExists !== undefined };
}

/** Whether the sandbox can evaluate an operator such as `ForAnyValue:StringLikeIfExists`. */
export function isConditionOperator(text: string): boolean {
  const { name } = readOperator(text);
  return name === 'Null' || Object.hasOwn(comparisons, name) || Object.hasOwn(negations, name);
}

/**
 * Whether all conditions of a statement hold. Operators must be known ({@link isConditionOperator}).
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function conditionsHold(
  conditions: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>> | undefined,
  context: ConditionValues,
): boolean {
  // Names of condition keys are not case-sensitive.
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const found = known.get(key.toLowerCase());
      return holds(
        readOperator(operator),
        [wanted].flat().map(String),
        found === undefined ? undefined : [found].flat(),
      );
    }),
  );
}

function holds(
  { name, set, ifExists }: Operator,
  wanted: readonly string[],
  found: readonly string[] | undefined,
): boolean {
  if (name === 'Null') return wanted.includes(String(found === undefined));
  const positive = comparisons[negations[name] ?? name];
  if (!positive) throw new Error(`The sandbox does not know the condition operator '${name}'.`);
  const negated = name in negations;
  // A key that is not there satisfies what is negated, what is optional, and "all of its values".
  if (found === undefined)
    return set === 'ForAnyValue' ? ifExists : ifExists || negated || set === 'ForAllValues';
  const fits = (value: string) => wanted.some((candidate) => positive(candidate, value)) !== negated;
  return set === 'ForAnyValue' ? found.some(fits) : found.every(fits);
}
