import { randomBytes } from 'node:crypto';
import { unknownName } from '../../../schemas/nearest-name.ts';
import { InvalidInput } from '../../errors.ts';
import type { MigrationHead } from '../migration-head.ts';
import { type CatalogTable, readTables } from './catalog.ts';
import { chooseReading, detectTimestamp, type ReadingLimits } from './choose-scope.ts';
import { MANIFEST_FORMAT, type Manifest, type Scope, type TableManifest } from './manifest.ts';
import { printed } from './names.ts';
import { ALL_OLD, confirmSameFile, measureTable, readKey, tableError } from './read-table.ts';
import { type Connect, type Connection, type Limits, withSharedSnapshot } from './shared-snapshot.ts';
import { DEFAULT_SETTINGS, readServer, readSurroundings } from './surroundings.ts';
import { keyKind } from './table-query.ts';

/** How a manifest is taken. Tables are named as they are printed: `public.orders`, `public."Old Orders"`. */
export interface ManifestOptions extends Limits, Partial<ReadingLimits> {
  /** At which migration the database stands. */
  readonly migrationHead: MigrationHead;
  /** Tables of which every row is digested; a partitioned table stands for its partitions. */
  readonly critical?: readonly string[];
  /** The column that tells when a row was written, by table, where its name does not say so. */
  readonly timestampColumns?: Readonly<Record<string, string>>;
  readonly excludedSchemas?: readonly string[];
  /** Names of the server settings to note. */
  readonly settings?: readonly string[];
}

/** Of the ends of a large table's key order this many rows are digested, at each end. */
const EDGE_ROWS = 10_000;

const READING = {
  estimateAboveBytes: 4 * 1024 ** 3,
  completeUpToBytes: 16 * 1024 ** 2,
  sampleShare: 1 / 16,
  buckets: 256,
} as const satisfies ReadingLimits;

/**
 * Notes what a database holds at one instant. All tables are read with one snapshot, so that writes meanwhile do not show; they are
 * not held up either. Only aggregates leave the server. Needs a role that may read all tables (`pg_read_all_data`).
 *
 * @throws Transient when DDL came in between, InvalidInput for a table or column that is not there, PreconditionFailed for a table
 * that may not be read or takes too long
 */
export async function takeManifest(connect: Connect, options: ManifestOptions): Promise<Manifest> {
  const reading = { ...READING, ...options };
  if (!Number.isInteger(Math.log2(reading.buckets)))
    throw new InvalidInput(
      `The number of buckets must be a power of two; ${reading.buckets} is not. Nothing was changed.`,
    );
  return withSharedSnapshot(connect, options, async ({ holder, text, takenAt, forEach }) => {
    const keySalt = randomBytes(16).toString('hex');
    const tables = await readTables(holder, options.excludedSchemas ?? []);
    const critical = criticalTables(tables, options.critical ?? []);
    const timestamps = timestampColumns(tables, options.timestampColumns ?? {});
    const server = await readServer(holder);
    const surroundings = await readSurroundings(holder, options.settings ?? DEFAULT_SETTINGS);
    // The largest first: no worker is left alone with it at the end.
    const order = tables.toSorted((left, right) => right.bytes - left.bytes);
    const taken = await forEach(order, async (worker, table) => {
      try {
        return await takeTable(worker, table, timestamps.get(table), critical.has(table), reading, keySalt);
      } catch (error) {
        throw tableError(error, table);
      }
    });
    const byTable = new Map(order.map((table, place) => [table, taken[place]]));
    return {
      format: MANIFEST_FORMAT,
      takenAt,
      server,
      snapshot: text,
      migrationHead: options.migrationHead,
      keySalt,
      tables: tables.map((table) => byTable.get(table) as TableManifest),
      surroundings,
    };
  });
}

async function takeTable(
  worker: Connection,
  table: CatalogTable,
  timestamp: string | undefined,
  critical: boolean,
  limits: ReadingLimits,
  salt: string,
): Promise<TableManifest> {
  const { schema, name, unlogged, columns, key, indexes, grants } = table;
  const typeOf = (column: string) => columns.find((other) => other.name === column)?.type ?? '';
  const hasKey = key.length > 0;
  const keyInClear = hasKey && key.every((column) => keyKind(typeOf(column)) !== 'hash');
  const chosen = chooseReading({ ...table, critical, hasKey, keyInClear }, limits);
  const shape = { schema, name, columns: [...columns], key: [...key], buckets: chosen.buckets };
  const edge = (from: 'lowest' | 'highest', place: number) => readKey(worker, shape, from, place, salt);
  const lowest = unlogged ? null : await edge('lowest', 0);
  const highest = unlogged ? null : await edge('highest', 0);
  const scope: Scope =
    chosen.scope.kind !== 'edges'
      ? chosen.scope
      : lowest === null || highest === null
        ? { kind: 'all' }
        : {
            kind: 'edges',
            // With fewer rows than that, the edges are the table.
            low: (await edge('lowest', EDGE_ROWS - 1)) ?? highest,
            high: (await edge('highest', EDGE_ROWS - 1)) ?? lowest,
          };
  const { measured, newest } =
    scope.kind === 'none'
      ? { measured: [], newest: null }
      : await measureTable(worker, shape, scope, ALL_OLD, scope.kind === 'edges' ? undefined : timestamp);
  await confirmSameFile(worker, table, table.fileNode);
  const estimated = scope.kind === 'edges' || (scope.kind === 'none' && !unlogged);
  return {
    ...shape,
    unlogged,
    lowest,
    highest,
    rows: {
      count: estimated
        ? Math.round(table.estimatedRows)
        : measured.reduce((total, { count }) => total + count, 0),
      estimated,
    },
    newest: timestamp === undefined ? null : { column: timestamp, at: newest },
    scope,
    digests: measured.map(({ bucket, count, keys, rows }) => ({ bucket, count, keys, rows })),
    indexes: [...indexes],
    grants,
  };
}

function criticalTables(
  tables: readonly CatalogTable[],
  declared: readonly string[],
): ReadonlySet<CatalogTable> {
  const namesOf = (table: CatalogTable) => [table, ...table.ancestors].map(printed);
  const known = [...new Set(tables.flatMap(namesOf))];
  for (const name of declared) requireKnown('table', name, known);
  return new Set(tables.filter((table) => namesOf(table).some((name) => declared.includes(name))));
}

function timestampColumns(
  tables: readonly CatalogTable[],
  declared: Readonly<Record<string, string>>,
): ReadonlyMap<CatalogTable, string | undefined> {
  const known = tables.flatMap((table) => [table, ...table.ancestors].map(printed));
  for (const name of Object.keys(declared)) requireKnown('table', name, known);
  return new Map(
    tables.map((table) => {
      const name = [table, ...table.ancestors].map(printed).find((candidate) => declared[candidate]);
      const column = name === undefined ? undefined : declared[name];
      if (column !== undefined)
        requireKnown(
          `timestamp column of ${printed(table)}`,
          column,
          table.columns
            .filter(({ type }) => /^(timestamp|date$)/.test(type))
            .map(({ name: column }) => column),
        );
      return [table, column ?? detectTimestamp(table.columns)];
    }),
  );
}

function requireKnown(kind: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) throw new InvalidInput(`${unknownName(kind, name, known)} Nothing was changed.`);
}
