import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { check, judged, listed } from './check.ts';
import { majorVersion } from './server-version.ts';

/** Since this version a database records the version of its default collation. */
const DATABASE_VERSIONS_SINCE = 15;

/** Collations that indexes use and that were of another version when they were recorded. Others can break nothing. */
const USED_COLLATIONS = `
  WITH used AS MATERIALIZED (
    SELECT c.oid, format('%I.%I', n.nspname, c.collname) AS name, c.collversion AS recorded
    FROM pg_catalog.pg_collation c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
    WHERE c.collversion IS NOT NULL
      AND EXISTS (SELECT FROM pg_catalog.pg_index x WHERE c.oid = ANY (x.indcollation))
  )
  SELECT name, recorded, pg_catalog.pg_collation_actual_version(oid) AS actual
  FROM used
  WHERE recorded IS DISTINCT FROM pg_catalog.pg_collation_actual_version(oid)
  ORDER BY 1`;

const DATABASE_COLLATION = `
  SELECT 'the database' AS name, datcollversion AS recorded,
         pg_catalog.pg_database_collation_actual_version(oid) AS actual
  FROM pg_catalog.pg_database
  WHERE datname = current_database()
    AND datcollversion IS NOT NULL
    AND datcollversion IS DISTINCT FROM pg_catalog.pg_database_collation_actual_version(oid)`;

interface Mismatch {
  name: string;
  recorded: string;
  actual: string | null;
}

/**
 * Whether collations are of the version that the database was made with. A difference is a warning only, and the check
 * passes with it: it says that text indexes may be out of order, and `checkIndexIntegrity` says whether they are.
 *
 * @see https://www.postgresql.org/docs/current/sql-altercollation.html#SQL-ALTERCOLLATION-NOTES
 */
export function checkCollations(session: Session): Promise<Check> {
  const name = 'collation versions';
  return judged(name, async () => {
    const recorded = (await majorVersion(session)) >= DATABASE_VERSIONS_SINCE;
    const database = recorded ? (await session.query<Mismatch>(DATABASE_COLLATION)).rows : [];
    const used = (await session.query<Mismatch>(USED_COLLATIONS)).rows;
    const different = [...database, ...used].map(
      (mismatch) =>
        `${mismatch.name} (recorded ${mismatch.recorded}, server has ${mismatch.actual ?? 'none'})`,
    );
    return check(
      name,
      true,
      different.length === 0
        ? `as recorded${recorded ? '' : '; this server does not record that of the database'}`
        : `WARNING: other versions than recorded: ${listed(different)}; text indexes may be out of order: check them with amcheck, REINDEX, then ALTER DATABASE or COLLATION … REFRESH VERSION`,
    );
  });
}
