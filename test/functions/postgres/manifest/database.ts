import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Comparison } from '../../../../functions/postgres/manifest/comparison.ts';
import { Manifest, type TableManifest } from '../../../../functions/postgres/manifest/manifest.ts';
import type { Connection } from '../../../../functions/postgres/manifest/shared-snapshot.ts';
import { type ManifestOptions, takeManifest } from '../../../../functions/postgres/manifest/take-manifest.ts';
import { type StartedMachine, startMachine } from '../../../../sandbox/machine.ts';
import { type PostgresServer, startPostgres } from '../../../../sandbox/postgres/server.ts';

/** A database for one test, on a server that the file's tests share. */
export interface TestDatabase {
  readonly name: string;
  /** Opens a connection, as a superuser or as the given role. */
  connect(user?: string): Promise<Connection>;
  /** Runs statements one after the other; answers with the rows of the last. */
  run(...statements: string[]): Promise<Record<string, unknown>[]>;
}

const PASSWORD = 'correct horse';

/** Starts a server before the file's tests; the answer makes a new database on it. */
export function aServer(): () => Promise<TestDatabase> {
  let started: StartedMachine;
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    started = await startMachine({});
    server = await startPostgres(started.machine, 'manifest', { fsync: 'off', max_connections: '30' });
    await server.administer('postgres', [
      `CREATE ROLE tester LOGIN SUPERUSER PASSWORD '${PASSWORD}'`,
      `CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}' IN ROLE pg_read_all_data`,
    ]);
  });
  afterAll(async () => {
    await server.stop();
    await started.close();
  });
  return async () => {
    databases += 1;
    const name = `test${databases}`;
    await server.administer('postgres', [`CREATE DATABASE ${name}`]);
    const connect = (user = 'tester') => openAsTester(started, server, name, user);
    return {
      name,
      connect,
      async run(...statements) {
        const client = await connect();
        try {
          let rows: Record<string, unknown>[] = [];
          for (const statement of statements) ({ rows } = await client.query(statement));
          return rows;
        } finally {
          await client.close();
        }
      },
    };
  };
}

/** Each table's verdict by its bare name. */
export function verdicts({ tables }: Comparison): Record<string, string> {
  return Object.fromEntries(tables.map(({ name, verdict }) => [name, verdict]));
}

/** Takes a manifest and sees to it that it survives being stored. */
export async function take(
  { connect }: { connect: () => Promise<Connection> },
  options: Partial<ManifestOptions> = {},
): Promise<Manifest> {
  const manifest = await takeManifest(() => connect(), {
    migrationHead: { known: false, why: 'not read' },
    ...options,
  });
  const stored = Manifest.parse(JSON.parse(JSON.stringify(manifest)));
  expect(stored).toEqual(manifest);
  return stored;
}

/** What a manifest says of one table. */
export function tableOf({ tables }: Manifest, name: string): TableManifest {
  const table = tables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`no ${name}`);
  return table;
}

/** Opens a connection as the role that tests have everywhere, or as another with the same password. */
export async function openAsTester(
  { machine }: StartedMachine,
  { host, port }: PostgresServer,
  database: string,
  user = 'tester',
): Promise<Connection> {
  const ca = await readFile(machine.certificateAuthority.file, 'utf8');
  const client = new pg.Client({ host, port, database, user, password: PASSWORD, ssl: { ca } });
  client.on('error', () => {});
  await client.connect();
  return {
    query: (text: string, values: readonly unknown[] = []) =>
      // As Nightshift's own sessions do: one statement at a time.
      client.query({ text, values: [...values], queryMode: 'extended' } as pg.QueryConfig),
    close: () => client.end().catch(() => {}),
  } as Connection;
}
