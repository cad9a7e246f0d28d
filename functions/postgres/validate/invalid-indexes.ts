import type { Check } from '../../../schemas/run.ts';
import type { Session } from '../session.ts';
import { check, counted, judged, listed } from './check.ts';

/** Indexes that are not in use, and whether they are being built right now (of others' builds only with pg_read_all_stats). */
const STATEMENT = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
         EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid) AS building
  FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE NOT (x.indisvalid AND x.indisready AND x.indislive)
  ORDER BY 1`;

/**
 * Names every index that PostgreSQL does not use because it is invalid or not ready: as a rule what a failed
 * CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left. One that is being built is well.
 *
 * @see https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
 */
export function checkInvalidIndexes(session: Session): Promise<Check> {
  const name = 'invalid indexes';
  return judged(name, async () => {
    const { rows } = await session.query<{ name: string; building: boolean }>(STATEMENT);
    const left = rows.filter(({ building }) => !building).map((row) => row.name);
    const building = rows.filter((row) => row.building).map((row) => row.name);
    const parts = [
      left.length === 0
        ? 'none'
        : `${counted(left.length, 'index is', 'indexes are')} invalid or not ready: ${listed(left)}; drop those that end in _ccnew or _ccold, rebuild others with REINDEX INDEX CONCURRENTLY`,
      ...(building.length === 0 ? [] : [`being built: ${listed(building)}`]),
    ];
    return check(name, left.length === 0, parts.join('; '));
  });
}
