import type { AssemblyStack } from './read-assembly.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

/** Resources that carry information for tools only. */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['AWS::CDK::Metadata']);

/** Sections of a template that the sandbox acts on, or that change nothing: rules only check the version of the bootstrap stack. */
const SECTIONS = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
]);

/** Attributes of a resource that the sandbox acts on, or that only matter for later updates. */
const ATTRIBUTES = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

/**
 * Refuses an assembly with anything that the sandbox would have to skip.
 *
 * @throws Error naming every unknown resource type with the logical ids, and every unknown section and attribute
 */
export function checkTemplates(
  stacks: readonly AssemblyStack[],
  knownTypes: { has(type: string): boolean },
): void {
  const unknownTypes = new Map<string, string[]>();
  const others: string[] = [];
  for (const { name, template } of stacks) {
    for (const section of Object.keys(template)) {
      if (!SECTIONS.has(section)) others.push(`${name}: the template section ${section}`);
    }
    for (const [logicalId, definition] of Object.entries<Any>(template.Resources ?? {})) {
      const id = `${name}/${logicalId}`;
      for (const attribute of Object.keys(definition)) {
        if (!ATTRIBUTES.has(attribute)) others.push(`${id}: the attribute ${attribute}`);
      }
      const { Type: type } = definition;
      if (knownTypes.has(type) || WITHOUT_EFFECT.has(type)) continue;
      unknownTypes.set(type, [...(unknownTypes.get(type) ?? []), id]);
    }
  }
  const lines = [...[...unknownTypes].map(([type, ids]) => `${type}: ${ids.join(', ')}`), ...others];
  if (lines.length === 0) return;
  throw new Error(
    `The sandbox does not know these parts of the assembly, and will not pretend that it does:\n${lines.map((line) => `  ${line}`).join('\n')}`,
  );
}
