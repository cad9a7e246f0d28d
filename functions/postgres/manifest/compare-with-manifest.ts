import { Refused } from '../../errors.ts';
import { type CatalogTable, readTables } from './catalog.ts';
import { compareColumns, compareIndexes, compareSurroundings, match } from './compare-definitions.ts';
import {
  type Comparison,
  comparisonOf,
  type KeyRange,
  summarize,
  type TableComparison,
  type TableVerdict,
} from './comparison.ts';
import { judgeRows, type RowsVerdict } from './judge-rows.ts';
import type { KeyValue, Manifest, Server, TableManifest } from './manifest.ts';
import { printed } from './names.ts';
import { confirmSameFile, isDamage, measureTable, readKey, sqlState, tableError } from './read-table.ts';
import { type Connect, type Connection, type Limits, withSharedSnapshot } from './shared-snapshot.ts';
import { readServer, readSurroundings } from './surroundings.ts';
import { bucketOf, comparedKey, isInClear } from './table-query.ts';
import { classOfRow, parseSnapshot } from './visibility.ts';

export interface CompareOptions extends Limits {
  /** Schemas whose tables are not new ones. */
  readonly excludedSchemas?: readonly string[];
}

/**
 * Compares a database with the manifest of the one that it is a physical copy of (or that it is itself, later). The limits of what
 * transaction ids tell are those of {@link classOfRow}: rows that were deleted on purpose after the manifest are missing rows.
 *
 * @throws Refused where the comparison would mean nothing; Transient when DDL came in between; PreconditionFailed for a table that
 * may not be read or takes too long
 */
export async function compareWithManifest(
  connect: Connect,
  manifest: Manifest,
  options: CompareOptions = {},
): Promise<Comparison> {
  return withSharedSnapshot(connect, options, async ({ holder, text, forEach }) => {
    const refusal = whyIncomparable(manifest, await readServer(holder), text);
    if (refusal !== undefined) throw new Refused(`${refusal} Nothing was changed.`);
    const tables = await readTables(holder, options.excludedSchemas ?? []);
    const surroundings = await readSurroundings(holder, Object.keys(manifest.surroundings.settings));
    const { gone, added, both } = match(manifest.tables, tables, printed);
    const compared = await forEach(both, async (worker, [was, now]) => {
      try {
        return await compareTable(worker, was, now, manifest, text);
      } catch (error) {
        if (!isDamage(error)) throw tableError(error, now);
        return verdictOf(was, 'unreadable', null, null, [], `SQLSTATE ${sqlState(error)}`);
      }
    });
    const byName = new Map(both.map(([was], place) => [was, compared[place]]));
    return comparisonOf(
      [
        ...manifest.tables.map((was) =>
          gone.includes(was) ? verdictOf(was, 'dropped') : (byName.get(was) as TableComparison),
        ),
        ...added.map((now) =>
          verdictOf({ schema: now.schema, name: now.name, scope: { kind: 'none', why: '' } }, 'new'),
        ),
      ],
      compareSurroundings(manifest.surroundings, surroundings),
    );
  });
}

/**
 * Why a server cannot be compared with a manifest, or undefined: a sentence. The point in time is told by the next transaction id. A
 * crash forgets the ids of transactions that ended in its last moments without their log being flushed (rollbacks,
 * `synchronous_commit = off`): a storage snapshot should begin some seconds after the manifest.
 */
export function whyIncomparable(
  manifest: Pick<Manifest, 'server' | 'snapshot'>,
  server: Server,
  snapshot: string,
): string | undefined {
  const was = manifest.server;
  const major = (versionNumber: number) => Math.floor(versionNumber / 10_000);
  if (major(was.versionNumber) !== major(server.versionNumber))
    return `The manifest was taken on PostgreSQL ${major(was.versionNumber)} and this server is PostgreSQL ${major(server.versionNumber)}: hashes and text forms can differ between major versions. Compare with a manifest of the same version.`;
  if (was.database !== server.database)
    return `The manifest is of the database "${was.database}", and this is "${server.database}".`;
  if (
    was.systemIdentifier !== null &&
    server.systemIdentifier !== null &&
    was.systemIdentifier !== server.systemIdentifier
  )
    return 'This server is not a physical copy of the one that the manifest was taken on (its system identifier is another), so that its transaction ids say nothing about the manifest.';
  if (parseSnapshot(snapshot).xmax < parseSnapshot(manifest.snapshot).xmax)
    return 'This server stands at a point before the manifest was taken: its next transaction id is smaller. Restore it to a later point, or compare with an earlier manifest.';
  return undefined;
}

async function compareTable(
  worker: Connection,
  was: TableManifest,
  now: CatalogTable,
  manifest: Manifest,
  snapshot: string,
): Promise<TableComparison> {
  const columns = compareColumns(was.columns, now.columns);
  const sameKey = was.key.join('\n') === now.key.join('\n');
  const differences = [
    ...columns.differences,
    ...(sameKey ? [] : [`the primary key is (${now.key.join(', ')}), was (${was.key.join(', ')})`]),
    ...compareIndexes(was.indexes, now.indexes),
    ...(was.grants === now.grants ? [] : ['owner, grants or policies are others']),
  ];
  if (!columns.readable || !sameKey) return verdictOf(was, 'columns changed', null, null, differences);
  if (was.scope.kind === 'none') return verdictOf(was, 'unchecked', null, null, differences, was.scope.why);
  const beyond = isInClear(was.highest) ? comparedKey(was, '>', was.highest) : undefined;
  const { measured } = await measureTable(
    worker,
    was,
    was.scope,
    classOfRow(manifest.snapshot, snapshot, beyond),
    undefined,
  );
  const range = {
    lowest: await readKey(worker, was, 'lowest', 0, manifest.keySalt),
    highest: await readKey(worker, was, 'highest', 0, manifest.keySalt),
  };
  await confirmSameFile(worker, now, now.fileNode);
  const rows = judgeRows(was.digests, measured);
  const empty = measured.length === 0 && was.digests.length > 0;
  return verdictOf(was, empty ? 'truncated' : rows.verdict, rows, changedRange(was, range), differences);
}

function changedRange(was: TableManifest, now: KeyRange['now']): KeyRange | null {
  const text = (key: readonly KeyValue[] | null) => JSON.stringify(key);
  if (text(was.lowest) === text(now.lowest) && text(was.highest) === text(now.highest)) return null;
  return { was: { lowest: was.lowest, highest: was.highest }, now };
}

function verdictOf(
  table: Pick<TableManifest, 'schema' | 'name' | 'scope'> &
    Partial<Pick<TableManifest, 'columns' | 'key' | 'buckets'>>,
  verdict: TableVerdict,
  rows: RowsVerdict | null = null,
  keyRange: KeyRange | null = null,
  differences: readonly string[] = [],
  reason = '',
): TableComparison {
  const { schema, name, scope, columns, key, buckets } = table;
  const suspects = rows?.suspects.map(({ bucket }) => bucket) ?? [];
  return {
    schema,
    name,
    verdict,
    summary: summarize(table, verdict, rows, keyRange, reason),
    scope: scope.kind,
    rows,
    keyRange,
    suspectRows:
      suspects.length === 0 || columns === undefined || key === undefined || buckets === undefined
        ? null
        : `${bucketOf({ columns, key, buckets })} IN (${suspects.join(', ')})`,
    differences,
  };
}
