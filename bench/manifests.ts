import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMachine } from '../sandbox/machine.ts';
import { startPostgres } from '../sandbox/postgres/server.ts';
import { clientLatencies } from './manifests/clients.ts';
import { CONNECTIONS, countAll, dropCaches, dumpAll, dumpsWith } from './manifests/contenders.ts';
import { fillDatabase, LARGE_TABLES, totals } from './manifests/database.ts';
import { bundleTaker, runTaker, type Taking } from './manifests/taker.ts';
import { median, percentile, table } from './statistics.ts';

const ROUNDS = 3;
/** Multiplies the rows of the large tables: 10 and 1 million in all. */
const SIZES = { ten: 1, one: 0.1 } as const;

/** Those of a server that is used, not filled: the rest is PostgreSQL's default, its 128 MB of shared buffers too. */
const SETTINGS = {
  fsync: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '8GB',
  // It would come in between at another moment in each round.
  autovacuum: 'off',
};

/**
 * Taking a manifest and comparing with one, against count(*) and against reading everything out, on 10 million rows of a real
 * PostgreSQL; what it takes of memory, and what other clients feel.
 */
export async function manifests(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  const { machine, close } = await startMachine({});
  try {
    const server = await startPostgres(machine, 'manifests', SETTINGS);
    const taker = await bundleTaker(folder);
    for (const [name, share] of Object.entries(SIZES)) await fillDatabase(server, name, share);
    const size = await totals(server, 'ten');
    const login = { host: server.host, port: server.port, user: 'bench', password: 'bench' };
    const authority = machine.certificateAuthority.file;
    const peaks = new Map<string, number[]>();
    const take = async (database: keyof typeof SIZES, taking: Taking) => {
      const taken = await runTaker(
        taker,
        { ...login, database, authority },
        taking,
        join(folder, `${database}.json`),
      );
      const peak = `${taking} ${database}`;
      peaks.set(peak, [...(peaks.get(peak) ?? []), taken.megabytes]);
      return taken.milliseconds;
    };
    const dumper = dumpsWith();

    const contenders = {
      [`count(*) of each table, ${CONNECTIONS} connections`]: () => countAll(login, 'ten'),
      'the same without index-only scans': () => countAll(login, 'ten', 'the tables'),
      'manifest, all tables critical': () => take('ten', 'all'),
      'comparison with it': () => take('ten', 'compare'),
      'manifest, no table critical': () => take('ten', 'samples'),
      [dumper]: () => dumpAll(login, 'ten', dumper),
    };
    const rows: string[][] = [];
    const times = (cold: boolean) => interleaved(contenders, cold ? () => dropCaches(server) : undefined);
    const [warm, cold] = [await times(false), await times(true)];
    for (const name of Object.keys(contenders)) {
      const [inMemory, stored] = [warm, cold].map((all) => [
        seconds(all[name]),
        ratio(all, name, Object.keys(contenders)[0] as string),
        ratio(all, name, dumper),
      ]) as [string[], string[]];
      rows.push([name, ...inMemory, ...stored]);
    }
    const memory = await memoryOf(take, peaks);
    const latencies = await clientLatencies(login, 'ten', {
      'by themselves': undefined,
      'during count(*)': () => countAll(login, 'ten'),
      'during the manifest': () => take('ten', 'all'),
      'during reading all out': () => dumpAll(login, 'ten', dumper),
    });
    const alone = latencies['by themselves'] as readonly number[];
    await server.stop();
    return [
      `${size} in ${LARGE_TABLES.length} large tables and some small ones.`,
      '',
      table(
        [
          '',
          ...['in memory', 'from storage'].flatMap((where) => [`${where}, s`, '× count(*)', '× reading out']),
        ],
        rows,
      ),
      '',
      table(['peak memory of the process, MB', '1 M rows', '10 M rows'], memory),
      '',
      table(
        ['small reads and writes of another client', 'median, ms', 'p95, ms', '× median', '× p95'],
        Object.entries(latencies).map(([when, values]) => [
          when,
          median(values).toFixed(2),
          percentile(values, 95).toFixed(2),
          (median(values) / median(alone)).toFixed(1),
          (percentile(values, 95) / percentile(alone, 95)).toFixed(1),
        ]),
      ),
    ].join('\n');
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Times of all contenders, round after round, so that what else the machine does hits all alike. */
async function interleaved(
  contenders: Readonly<Record<string, () => Promise<number>>>,
  before: (() => Promise<void>) | undefined,
): Promise<Record<string, number[]>> {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, run] of Object.entries(contenders)) {
      await before?.();
      times[name]?.push(await run());
    }
  return times;
}

/** Peaks, from the runs that were timed and as many more for what was not. */
async function memoryOf(
  take: (database: keyof typeof SIZES, taking: Taking) => Promise<unknown>,
  peaks: ReadonlyMap<string, readonly number[]>,
): Promise<string[][]> {
  const kinds: ReadonlyArray<readonly [string, Taking]> = [
    ['connected, nothing read', 'nothing'],
    ['manifest, all tables critical', 'all'],
    ['comparison with it', 'compare'],
  ];
  const databases = ['one', 'ten'] as const;
  for (const [, taking] of kinds)
    for (const database of databases)
      while ((peaks.get(`${taking} ${database}`)?.length ?? 0) < ROUNDS) await take(database, taking);
  return kinds.map(([name, taking]) => [
    name,
    ...databases.map((database) => median(peaks.get(`${taking} ${database}`) ?? []).toFixed(0)),
  ]);
}

const seconds = (values: readonly number[] = []) => (median(values) / 1000).toFixed(1);

function ratio(times: Readonly<Record<string, readonly number[]>>, name: string, to: string): string {
  // Of each round by itself: its two had the same machine.
  return median(
    (times[name] ?? []).map((value, round) => value / (times[to]?.[round] ?? Number.NaN)),
  ).toFixed(2);
}
