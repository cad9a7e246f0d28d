import type { Check } from '../../../schemas/run.ts';
import type { DatabaseTarget } from '../../../schemas/target.ts';
import { PreconditionFailed, Transient } from '../../errors.ts';
import type { Login } from '../session.ts';
import { failure, notChecked } from '../validate/check.ts';
import { compareWithManifest } from './compare-with-manifest.ts';
import { comparisonChecks } from './evidence.ts';
import { type FoundManifest, manifestKey, newestManifest, readManifest } from './store.ts';
import { sessionsOf, withinTime } from './within-time.ts';

/**
 * Compares a database with a stored manifest. One that is missing, cannot be read or says nothing about this server is a check that
 * was not made, so that the others are told all the same.
 *
 * @param which identifier of a snapshot, or `newest`
 * @throws Transient when another attempt may help
 */
export async function checkAgainstManifest(
  login: Login,
  { name, manifest: { excludedSchemas } }: Pick<DatabaseTarget, 'name' | 'manifest'>,
  which: string,
  milliseconds: number,
): Promise<Check[]> {
  let found: FoundManifest | undefined;
  try {
    found = await findManifest(name, which);
  } catch (error) {
    if (error instanceof PreconditionFailed) return [notChecked('rows', failure(error))];
    throw error;
  }
  if (found === undefined) return [notChecked('rows', whyMissing(name, which))];
  const { snapshot, takenAt, manifest } = found.stored;
  try {
    const comparison = await withinTime(milliseconds, sessionsOf(login, milliseconds), (connect, limits) =>
      compareWithManifest(connect, manifest, { ...limits, excludedSchemas }),
    );
    return comparisonChecks(comparison).map((check) =>
      check.name === 'rows'
        ? { ...check, measured: `${check.measured} (manifest of ${snapshot}, taken at ${takenAt})` }
        : check,
    );
  } catch (error) {
    if (error instanceof Transient) throw error;
    return [notChecked('rows', failure(error))];
  }
}

function whyMissing(database: string, which: string): string {
  return which === 'newest'
    ? `there is no manifest of ${database} yet: snapshot-database takes one`
    : `there is no manifest of the snapshot ${which} of ${database}: only snapshot-database takes one with its snapshots`;
}

async function findManifest(database: string, which: string): Promise<FoundManifest | undefined> {
  if (which === 'newest') return newestManifest(database);
  const key = manifestKey(database, which);
  const stored = await readManifest(key);
  return stored === undefined ? undefined : { key, stored };
}
