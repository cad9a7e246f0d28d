import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { Given, TaskEnvironment } from './environment.ts';
import { injectedValue } from './injected-value.ts';
import type { Sources } from './read-sources.ts';
import { parseReference, sourceOf } from './secret-reference.ts';

/** The variables that a container's task would be given. What could not be read is there, but not known. */
export function taskEnvironment(
  { environment = [], secrets = [] }: Pick<ContainerDefinition, 'environment' | 'secrets'>,
  sources: Sources,
): TaskEnvironment {
  return new Map<string, Given>([
    ...environment.map(({ name = '', value = '' }): [string, Given] => [name, { value }]),
    ...secrets.map(({ name = '', valueFrom = '' }): [string, Given] => [name, given(valueFrom, sources)]),
  ]);
}

function given(valueFrom: string, sources: Sources): Given {
  const reference = parseReference(valueFrom);
  if (reference === undefined) return { suppliedBy: 'a reference that ECS does not take' };
  const source = sources.get(sourceOf(reference));
  if (source === undefined || !('text' in source)) return { suppliedBy: sourceOf(reference) };
  const injected = injectedValue(source.text, reference.kind === 'secret' ? reference.field : undefined);
  return 'value' in injected ? injected : { suppliedBy: sourceOf(reference) };
}
