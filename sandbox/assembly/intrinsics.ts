// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

/** Where intrinsic functions find what they name. */
export interface Scope {
  /** `Ref` of a resource, parameter or pseudo parameter. */
  ref(name: string): Any;
  attribute(logicalId: string, name: string): Any;
  importValue(name: string): Any;
  condition(name: string): boolean;
  readonly mappings: Any;
}

/** Stands for a property that `AWS::NoValue` removed. */
const NO_VALUE = Symbol('AWS::NoValue');

/** Availability zones of every region of the sandbox. */
const ZONES = ['a', 'b', 'c'];

/**
 * Replaces the intrinsic functions in a template value.
 *
 * @throws Error naming what cannot be resolved, such as an intrinsic function that the sandbox does not know
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 */
export function resolveIntrinsics(value: Any, scope: Scope): Any {
  const resolved = resolve(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

function resolve(value: Any, scope: Scope): Any {
  if (Array.isArray(value))
    return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const call = intrinsicCall(value);
  if (call) return evaluate(call.name, call.argument, scope);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, resolve(item, scope)])
      .filter(([, item]) => item !== NO_VALUE),
  );
}

function intrinsicCall(value: Any): { name: string; argument: Any } | undefined {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0 || (name !== 'Ref' && !name.startsWith('Fn::')))
    return undefined;
  return { name, argument: value[name] };
}

function evaluate(name: string, argument: Any, scope: Scope): Any {
  const inner = (item: Any) => resolve(item, scope);
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? NO_VALUE : scope.ref(argument);
    case 'Fn::GetAtt': {
      const [id, ...attribute] = typeof argument === 'string' ? argument.split('.') : argument;
      return scope.attribute(id, attribute.map(inner).join('.'));
    }
    case 'Fn::Sub':
      return substitute(argument, scope);
    case 'Fn::Join':
      return inner(argument[1]).map(String).join(argument[0]);
    case 'Fn::Select':
      return select(inner(argument[1]), Number(inner(argument[0])));
    case 'Fn::Split':
      return String(inner(argument[1])).split(argument[0]);
    case 'Fn::If':
      return inner(scope.condition(argument[0]) ? argument[1] : argument[2]);
    case 'Fn::Base64':
      return Buffer.from(String(inner(argument))).toString('base64');
    case 'Fn::ImportValue':
      return scope.importValue(String(inner(argument)));
    case 'Fn::FindInMap':
      return findInMap(inner(argument), scope);
    case 'Fn::GetAZs':
      return ZONES.map((zone) => `${inner(argument) || scope.ref('AWS::Region')}${zone}`);
    default:
      throw new Error(`The sandbox does not know the intrinsic function '${name}'.`);
  }
}

function substitute(argument: Any, scope: Scope): string {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_: string, literal: string, expression: string) => {
    if (literal) return `\${${expression}}`;
    const name = expression.trim();
    if (Object.hasOwn(variables, name)) return String(resolve(variables[name], scope));
    const [id = name, ...attribute] = name.split('.');
    return String(attribute.length > 0 ? scope.attribute(id, attribute.join('.')) : scope.ref(name));
  });
}

function select(list: Any, index: number): Any {
  if (Array.isArray(list) && index >= 0 && index < list.length) return list[index];
  throw new Error(`Fn::Select cannot take item ${index} of ${JSON.stringify(list)}.`);
}

function findInMap([map, first, second]: [string, string, string], { mappings }: Scope): Any {
  const value = mappings?.[map]?.[first]?.[second];
  if (value === undefined)
    throw new Error(`Fn::FindInMap finds no ${first}.${second} in the mapping '${map}'.`);
  return value;
}

/**
 * Evaluates a template's condition.
 *
 * @throws Error naming a condition function that the sandbox does not know
 */
export function evaluateCondition(expression: Any, scope: Scope): boolean {
  const [name] = Object.keys(expression);
  const argument = expression[name as string];
  const inner = (item: Any): boolean => evaluateCondition(item, scope);
  switch (name) {
    case 'Fn::Equals': {
      const [left, right] = resolveIntrinsics(argument, scope);
      return String(left) === String(right);
    }
    case 'Fn::And':
      return argument.every(inner);
    case 'Fn::Or':
      return argument.some(inner);
    case 'Fn::Not':
      return !inner(argument[0]);
    case 'Condition':
      return scope.condition(argument);
    default:
      throw new Error(`The sandbox does not know the condition function '${name}'.`);
  }
}

/** Names that a template value refers to: logical ids, parameters and pseudo parameters. */
export function referencesIn(value: Any, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) for (const item of value) referencesIn(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries<Any>(value)) {
      if (key === 'Ref') found.add(item);
      else if (key === 'Fn::GetAtt') found.add((typeof item === 'string' ? item.split('.') : item)[0]);
      else if (key === 'Fn::Sub') {
        const [text, variables] = Array.isArray(item) ? item : [item, {}];
        for (const match of text.matchAll(/\$\{\s*([^!}.\s]+)[^}]*\}/g)) {
          if (!Object.hasOwn(variables, match[1])) found.add(match[1]);
        }
        referencesIn(variables, found);
      } else referencesIn(item, found);
    }
  }
  return found;
}
