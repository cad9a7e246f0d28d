import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StartedMachine, startMachine } from '../../../sandbox/machine.ts';
import { type PostgresServer, startPostgres } from '../../../sandbox/postgres/server.ts';

const USER = { user: 'app', password: 'correct horse' };

let started: StartedMachine;
let server: PostgresServer;
let authority: string;

beforeAll(async () => {
  started = await startMachine({});
  const { machine } = started;
  authority = await readFile(machine.certificateAuthority.file, 'utf8');
  server = await startPostgres(machine, 'orders', { max_connections: '17' });
  await server.administer('postgres', [`CREATE ROLE app LOGIN PASSWORD 'correct horse'`]);
});
afterAll(async () => {
  await server.stop();
  await started.close();
});

/** Runs a statement on a connection of its own. */
async function query(
  statement: string,
  options: Partial<pg.ClientConfig> = {},
  { host, port } = server,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    host,
    port,
    database: 'postgres',
    ...USER,
    ssl: { ca: authority },
    ...options,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('a PostgreSQL server', () => {
  test('takes an encrypted connection with the password, as its certificate authority says who it is', async () => {
    const [row] = await query(
      'SELECT current_user AS who, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    expect(row).toEqual({ who: 'app', ssl: true });
  });

  test('refuses a connection without TLS', async () => {
    await expect(query('SELECT 1', { ssl: false })).rejects.toMatchObject({
      code: '28000',
      message: expect.stringContaining('no encryption'),
    });
  });

  test('is not trusted without its certificate authority', async () => {
    await expect(query('SELECT 1', { ssl: true })).rejects.toThrow(/certificate/);
  });

  test.each<[string, Partial<pg.ClientConfig>]>([
    ['a wrong password', { password: 'wrong' }],
    ['an unknown user', { user: 'nobody' }],
    ['the administrator by a guess', { user: 'rdsadmin', password: 'rdsadmin' }],
  ])('refuses %s', async (_what, options) => {
    await expect(query('SELECT 1', options)).rejects.toMatchObject({ code: '28P01' });
  });

  test('asks for SCRAM', async () => {
    // Without a password in clear or as MD5, the client must be asked for SASL: message R, kind 10.
    const methods: number[] = [];
    const client = new pg.Client({
      host: server.host,
      port: server.port,
      database: 'postgres',
      ...USER,
      ssl: { ca: authority },
    });
    const { connection } = client as unknown as {
      connection: { on(event: string, listener: () => void): void };
    };
    connection.on('authenticationSASL', () => methods.push(10));
    connection.on('authenticationMD5Password', () => methods.push(5));
    connection.on('authenticationCleartextPassword', () => methods.push(3));
    await client.connect();
    await client.end();
    expect(methods).toEqual([10]);
  });

  test('keeps passwords as SCRAM verifiers', async () => {
    // An error shows what only a superuser may read.
    const shown = server.administer('postgres', [
      `DO $$ BEGIN RAISE EXCEPTION '%', (SELECT rolpassword FROM pg_authid WHERE rolname = 'app'); END $$`,
    ]);
    await expect(shown).rejects.toThrow(/^SCRAM-SHA-256\$4096:/);
  });

  test('answers on the loopback interface only', async () => {
    expect(await query('SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  });

  test('has the settings that it was given', async () => {
    expect(await query('SHOW max_connections')).toEqual([{ max_connections: '17' }]);
  });

  test('stands beside another', async () => {
    const other = await startPostgres(started.machine, 'billing');
    await other.administer('postgres', [`CREATE ROLE app LOGIN PASSWORD 'other'`]);
    expect(other.port).not.toBe(server.port);
    await expect(query('SELECT 1', {}, other)).rejects.toMatchObject({ code: '28P01' });
    expect(await query('SELECT 1 AS one', { password: 'other' }, other)).toEqual([{ one: 1 }]);
    await other.stop();
  });

  test('that is stopped ends its sessions and takes no others', async () => {
    const other = await startPostgres(started.machine, 'stopped');
    const session = other.administer('postgres', ['SELECT pg_sleep(60)']);
    session.catch(() => {});
    await expect.poll(() => connects(other.port)).toBe(true);
    await other.stop();
    await other.stop();
    await expect(session).rejects.toThrow();
    expect(await connects(other.port)).toBe(false);
  });

  test('that cannot start says why', async () => {
    await expect(startPostgres(started.machine, 'broken', { shared_buffers: 'much' })).rejects.toThrow(
      /PostgreSQL did not start: .*(shared_buffers|much)/,
    );
  });
});

describe('once the machine is closed', () => {
  test('no process, no file and no port of a server that nobody stopped is left', async () => {
    const own = await startMachine({});
    const { directory, certificateAuthority } = own.machine;
    const left = await startPostgres(own.machine, 'left');
    await left.administer('postgres', [`CREATE ROLE app LOGIN PASSWORD 'correct horse'`]);
    const ssl = { ca: await readFile(certificateAuthority.file, 'utf8') };
    const workers = await query('SELECT pid FROM pg_stat_activity', { ssl }, left);
    const main = (await readFile(join(directory, 'databases', 'left', 'data', 'postmaster.pid'), 'utf8'))
      .split('\n')
      .at(0);
    const pids = [Number(main), ...workers.map(({ pid }) => Number(pid))];
    expect(pids.filter(isAlive).length).toBeGreaterThan(1);
    await own.close();
    // The server's own children see by themselves that it has died.
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    expect(await connects(left.port)).toBe(false);
    expect(existsSync(directory)).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
