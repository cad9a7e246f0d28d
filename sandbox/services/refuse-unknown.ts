import type { Resource } from '../contract.ts';

/** Properties that every type may have and that change nothing here. */
const HARMLESS = new Set(['Tags', 'Description']);

/**
 * Refuses properties that the sandbox does not act on: ignoring one would be a silent lie.
 *
 * @throws Error naming the properties
 */
export function refuseUnknown(resource: Resource, known: readonly string[]): void {
  const unknown = Object.keys(resource.properties).filter(
    (name) => !HARMLESS.has(name) && !known.includes(name),
  );
  if (unknown.length > 0) throw new Error(`the sandbox does not act on the properties ${unknown.join(', ')}`);
}
