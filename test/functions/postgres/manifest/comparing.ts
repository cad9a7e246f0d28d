import { compareWithManifest } from '../../../../functions/postgres/manifest/compare-with-manifest.ts';
import type { ManifestOptions } from '../../../../functions/postgres/manifest/take-manifest.ts';
import { type TestDatabase, take } from './database.ts';

/** A table of a thousand rows. */
export const ORDERS = [
  'CREATE TABLE orders (id int PRIMARY KEY, note text)',
  `INSERT INTO orders SELECT i, 'note ' || i FROM generate_series(1, 1000) i`,
];
export const CRITICAL = { critical: ['public.orders'] };

/** Makes tables, takes a manifest, does something, compares; answers with the comparison of one table, or of the first. */
export async function compared(
  database: () => Promise<TestDatabase>,
  make: string[],
  change: string[],
  options: Partial<ManifestOptions> = CRITICAL,
  name?: string,
) {
  const test = await database();
  await test.run(...make);
  const manifest = await take(test, options);
  await test.run(...change);
  const comparison = await compareWithManifest(() => test.connect(), manifest);
  const table = comparison.tables.find((one) => one.name === name) ?? comparison.tables[0];
  if (table === undefined) throw new Error('no table');
  return { ...table, passed: comparison.passed, surroundings: comparison.surroundings };
}
