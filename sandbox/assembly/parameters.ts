import { referencesIn } from './intrinsics.ts';
import type { AssemblyStack } from './read-assembly.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

/**
 * Refuses values for parameters that no stack has.
 *
 * @throws Error naming them
 */
export function checkGivenParameters(
  stacks: readonly AssemblyStack[],
  given: Readonly<Record<string, string>>,
): void {
  const known = new Set(stacks.flatMap(({ template }) => Object.keys(template.Parameters ?? {})));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Error(`No stack has the parameter ${unknown.join(', ')}. Known: ${[...known].join(', ')}.`);
}

/**
 * Values of the parameters that a stack refers to. (Every stack of the CDK has one that it never refers to: the version of a
 * bootstrap stack, which the sandbox does not need.)
 *
 * @param readParameter reads SSM, for parameters whose value is the name of an SSM parameter
 * @throws Error naming a parameter without a value, or with one that is not allowed
 */
export async function parameterValues(
  { name: stackName, template }: AssemblyStack,
  given: Readonly<Record<string, string>>,
  readParameter: (name: string) => Promise<string>,
): Promise<Map<string, Any>> {
  const { Resources, Outputs, Conditions } = template;
  const used = referencesIn([Resources, Outputs, Conditions]);
  const values = new Map<string, Any>();
  for (const [name, definition] of Object.entries<Any>(template.Parameters ?? {})) {
    if (!used.has(name)) continue;
    const text = given[name] ?? definition.Default;
    if (text === undefined) {
      throw new Error(
        `The parameter ${name} of ${stackName} has neither a default nor a value in the sandbox's options.`,
      );
    }
    if (definition.AllowedValues && !definition.AllowedValues.map(String).includes(String(text))) {
      throw new Error(
        `The parameter ${name} of ${stackName} must be one of ${definition.AllowedValues.join(', ')}.`,
      );
    }
    const inner = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(definition.Type)?.[1];
    const value = inner === undefined ? String(text) : await readParameter(String(text));
    const list = /^(CommaDelimitedList|List<.*>)$/.test(inner ?? definition.Type);
    values.set(name, list ? value.split(',').map((item) => item.trim()) : value);
  }
  return values;
}
