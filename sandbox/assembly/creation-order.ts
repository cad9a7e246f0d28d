import { referencesIn } from './intrinsics.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Any = any;

/**
 * Logical ids of a stack's resources, each after everything that it refers to or depends on; otherwise as the template has them.
 *
 * @throws Error showing the circle when resources depend on each other
 */
export function creationOrder(stackName: string, resources: Readonly<Record<string, Any>>): string[] {
  const order = new Set<string>();
  const visit = (id: string, path: readonly string[]) => {
    const definition = resources[id];
    if (definition === undefined || order.has(id)) return;
    if (path.includes(id)) {
      const circle = [...path.slice(path.indexOf(id)), id].join(' → ');
      throw new Error(`The resources of ${stackName} depend on each other in a circle: ${circle}.`);
    }
    const dependencies = [
      ...[definition.DependsOn ?? []].flat(),
      ...referencesIn(definition.Properties ?? {}),
    ];
    for (const dependency of dependencies) visit(dependency, [...path, id]);
    order.add(id);
  };
  for (const id of Object.keys(resources)) visit(id, []);
  return [...order];
}
