import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { InvalidInput, PreconditionFailed, Transient } from '../../../../functions/errors.ts';
import { openSession } from '../../../../functions/postgres/session.ts';
import {
  checkConnectivity,
  failedConnectivity,
} from '../../../../functions/postgres/validate/connectivity.ts';
import { checkServerVersion } from '../../../../functions/postgres/validate/server-version.ts';
import { aDatabase, PASSWORD } from './a-database.ts';

const database = aDatabase();
const listening: Server[] = [];
afterEach(() => {
  for (const server of listening.splice(0)) server.close();
});

describe('a session', () => {
  it('logs in with a password of every punctuation mark, over verified TLS', async () => {
    const session = await database.open();
    const { rows } = await session.query(
      'SELECT current_user AS who, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    expect(rows).toEqual([{ who: 'app', ssl: true }]);
    expect(session.tlsProtocol).toMatch(/^TLSv1\.[23]$/);
    expect(session.connectMilliseconds).toBeGreaterThan(0);
    expect(JSON.stringify(session)).not.toContain('!"#');
  });

  it('has its settings from the first statement on, whatever the role has', async () => {
    await database.administer(
      'ALTER ROLE app SET statement_timeout = 0',
      'ALTER ROLE app SET default_transaction_read_only = off',
    );
    const settings = `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('default_transaction_read_only') AS "readOnly", current_setting('application_name') AS name`;
    const usual = await database.open();
    expect((await usual.query(settings)).rows).toEqual([
      { statement: '3s', lock: '2s', readOnly: 'on', name: 'nightshift' },
    ]);
    const other = await database.open({
      statementTimeoutMilliseconds: 1234,
      lockTimeoutMilliseconds: 567,
      readOnly: false,
    });
    expect((await other.query(settings)).rows).toEqual([
      { statement: '1234ms', lock: '567ms', readOnly: 'off', name: 'nightshift' },
    ]);
  });

  it('takes one statement at a time', async () => {
    const session = await database.open();
    await expect(session.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' });
    expect((await session.query('SELECT $1::int AS one', [1])).rows).toEqual([{ one: 1 }]);
  });

  it('can be closed twice, and says afterwards that it is closed', async () => {
    const session = await database.open();
    await session.close();
    await session.close();
    expect(await checkConnectivity(session)).toMatchObject({
      passed: false,
      measured: 'NOT CHECKED: the connection to the database was lost',
    });
  });

  it('that the server ends does not end this process', async () => {
    const session = await database.open();
    const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await database.administer(`SELECT pg_terminate_backend(${rows[0]?.pid})`);
    await expect.poll(async () => (await checkConnectivity(session)).passed).toBe(false);
  });

  it('whose server falls silent is given up', async () => {
    const sockets: Socket[] = [];
    const relay = createServer((socket) => {
      const onward = connect(database.server.port, '127.0.0.1');
      sockets.push(socket, onward);
      socket.on('error', () => {}).pipe(onward);
      onward.on('error', () => {}).pipe(socket);
    });
    const session = await database.open({ statementTimeoutMilliseconds: 50 }, { port: await portOf(relay) });
    expect((await checkConnectivity(session)).passed).toBe(true);
    for (const socket of sockets) socket.unpipe().pause();
    const started = performance.now();
    const lost = { passed: false, measured: 'NOT CHECKED: the connection to the database was lost' };
    expect(await checkConnectivity(session)).toMatchObject(lost);
    expect(await checkConnectivity(session)).toMatchObject(lost);
    await session.close();
    expect(performance.now() - started).toBeLessThan(4000);
    for (const socket of sockets) socket.destroy();
  });

  it.each([
    ['no time at all', { statementTimeoutMilliseconds: 0 }, {}, /milliseconds/],
    ['a time that is none', { lockTimeoutMilliseconds: Number.NaN }, {}, /milliseconds/],
    ['no password', {}, { password: '' }, /has no password/],
    ['no user', {}, { user: '' }, /has no user/],
  ])('refuses %s', async (_, settings, login, message) => {
    const opened = database.open(settings, login);
    await expect(opened).rejects.toThrow(InvalidInput);
    await expect(opened).rejects.toThrow(message);
  });
});

describe('a session that cannot be opened says why:', () => {
  it('a wrong authority', async () => {
    // The authorities of RDS have not signed the certificate of the sandbox.
    const error = await openSession(database.login).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PreconditionFailed);
    expect((error as Error).message).toMatch(
      /^The database localhost:\d+\/shop shows a certificate that no authority of RDS has signed: .* \([A-Z_]+\)\. No statement was sent\.$/,
    );
    expect(failedConnectivity(error)).toMatchObject({
      name: 'connectivity',
      passed: false,
      measured: expect.stringContaining('no authority of RDS has signed'),
    });
  });

  it('a certificate for another name', async () => {
    // Another way to write the same address, which its certificate does not carry.
    const error = (await database.open({}, { host: '127.1' }).catch((thrown) => thrown)) as Error;
    expect(error).toBeInstanceOf(PreconditionFailed);
    expect(error.message).toContain('shows a certificate for another name');
  });

  it.each([
    ['a wrong password', { password: `${PASSWORD}x` }, 'refused the user name or password', '28P01'],
    ['an unknown user', { user: 'nobody' }, 'refused the user name or password', '28P01'],
    ['an unknown database', { database: 'shoes' }, 'has no database of this name', '3D000'],
  ])('%s', async (_, login, sentence, code) => {
    const error = (await database.open({}, login).catch((thrown) => thrown)) as Error;
    expect(error).toBeInstanceOf(PreconditionFailed);
    expect(error.message).toContain(`${sentence}`);
    expect(error.message).toContain(`(${code}). No statement was sent.`);
    expect(error.message).not.toContain(PASSWORD);
  });

  it('nobody there, which may pass', async () => {
    const error = (await database.open({}, { port: 1 }).catch((thrown) => thrown)) as Error;
    expect(error).toBeInstanceOf(Transient);
    expect(error.message).toContain('takes no connection on this port');
  });

  it('no answer', async () => {
    const port = await listen(() => {});
    const error = (await database
      .open({ connectTimeoutMilliseconds: 150 }, { host: '127.0.0.1', port })
      .catch((thrown) => thrown)) as Error;
    expect(error).toBeInstanceOf(Transient);
    expect(error.message).toContain('did not answer within 150 ms');
  });

  it('no TLS', async () => {
    const port = await listen((answer) => answer('N'));
    const error = (await database.open({}, { host: '127.0.0.1', port }).catch((thrown) => thrown)) as Error;
    expect(error).toBeInstanceOf(PreconditionFailed);
    expect(error.message).toContain('does not offer TLS');
  });

  it('a connection that breaks', async () => {
    const port = await listen((_, end) => end());
    await expect(database.open({}, { host: '127.0.0.1', port })).rejects.toThrow(Transient);
  });
});

describe('the checks of the server', () => {
  it('tell latency and TLS', async () => {
    const session = await database.open();
    expect(await checkConnectivity(session)).toEqual({
      name: 'connectivity',
      passed: true,
      measured: expect.stringMatching(
        /^connected in \d+ ms with TLSv1\.\d, certificate and name verified; median latency [\d.]+ ms, limit 1000 ms$/,
      ),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((await checkConnectivity(session, 0)).passed).toBe(false);
  });

  it('tell its version', async () => {
    const session = await database.open();
    expect(await checkServerVersion(session, 18)).toMatchObject({
      passed: true,
      measured: expect.stringMatching(/^PostgreSQL 18\.\d+, expected major version 18$/),
    });
    expect((await checkServerVersion(session, 17)).passed).toBe(false);
  });
});

/** A server that answers the first bytes of each connection in its own way. */
async function listen(answer: (write: (text: string) => void, end: () => void) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      answer(
        (text) => socket.write(text),
        () => socket.destroy(),
      ),
    );
  });
  return portOf(server);
}

async function portOf(server: Server): Promise<number> {
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
