import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import { schemaProblems } from './check-schema.ts';

/** So many things that are wrong are told; whoever corrects them sees the rest. */
const MOST_TOLD = 5;
/** Keywords that only say that something within is wrong. */
const OUTER = new Set([
  ...['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties', 'propertyNames'],
  ...['items', 'prefixItems', 'unevaluatedItems', '$ref', '$dynamicRef', 'allOf', 'dependentSchemas'],
]);

/**
 * Why a policy is not as its schema wants it, as the end of a sentence about it; undefined when it is. Places and rules are named, nothing
 * of the value: a name that the schema does not know stands as `*`.
 */
export function whyNotPolicy(schema: Readonly<Record<string, unknown>>, text: string): string | undefined {
  const wrong = schemaProblems(schema);
  if (wrong.length > 0)
    return `cannot be judged: its declared schema is wrong (${wrong.slice(0, MOST_TOLD).join('; ')})`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text.trim() === '' ? 'is empty' : 'is not JSON';
  }
  let errors: OutputUnit[];
  try {
    const result = new Validator(schema as Schema, '2020-12', false).validate(value);
    if (result.valid) return undefined;
    errors = result.errors;
  } catch {
    // What it says may quote the value.
    return 'cannot be judged: its declared schema refers to something that is not there';
  }
  const known = propertyNames(schema);
  const inner = errors.filter(({ keyword }) => !OUTER.has(keyword));
  const told = [
    ...new Set((inner.length > 0 ? inner : errors).map((error) => describe(error, value, known))),
  ];
  const more = told.length > MOST_TOLD ? `, and ${told.length - MOST_TOLD} more` : '';
  return `does not satisfy its schema: ${told.slice(0, MOST_TOLD).join(', ')}${more}`;
}

/** `/admins/3 (format)`. A schema that is `false` has no keyword: nothing may be there. */
function describe(
  { instanceLocation, keyword }: OutputUnit,
  value: unknown,
  known: ReadonlySet<string>,
): string {
  let at = value;
  const place = instanceLocation
    .split('/')
    .slice(1)
    .map((part) => {
      const name = unescapePointer(part);
      // A number is a place in a list; in an object it is a name, which may be somebody's.
      const tells = Array.isArray(at) || known.has(name);
      at = (at as Readonly<Record<string, unknown>> | null | undefined)?.[name];
      return `/${tells ? part : '*'}`;
    })
    .join('');
  return `${place || '/'} (${keyword === 'false' ? 'nothing may be there' : keyword})`;
}

/** Names that the schema itself uses for properties: they tell nothing of a value. */
function propertyNames(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  for (const [name, content] of Object.entries(schema)) {
    if (name === 'properties' && typeof content === 'object' && content !== null)
      for (const property of Object.keys(content)) found.add(property);
    propertyNames(content, found);
  }
  return found;
}

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');
