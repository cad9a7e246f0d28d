import { join } from 'node:path';

/** Stands in for the bundling of functions: what is in a bundle does not matter to a template, and bundling takes most of the time. */
export const bundleFunctions = (entries: readonly string[]) =>
  new Map(entries.map((entry) => [entry, join(import.meta.dirname, '../../lib/bundling')]));
