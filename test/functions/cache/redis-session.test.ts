import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCacheState } from '../../../functions/cache/cache-state.ts';
import { endConnections, listConnections } from '../../../functions/cache/client-connections.ts';
import { measurePing } from '../../../functions/cache/measure-ping.ts';
import { openCache, withCache } from '../../../functions/cache/redis-session.ts';
import { type StartedMachine, startMachine } from '../../../sandbox/machine.ts';
import { type RedisServer, startRedis } from '../../../sandbox/redis/server.ts';
import { describeWithRedis } from '../../support/redis.ts';

const TOKEN = 'a-token-of-the-cache';

describeWithRedis('a session with a cache', () => {
  let started: StartedMachine;
  let server: RedisServer;
  let authorities: string[];
  const others: Server[] = [];
  beforeAll(async () => {
    started = await startMachine({});
    authorities = [await readFile(started.machine.certificateAuthority.file, 'utf8')];
    server = await startRedis(started.machine, 'sessions', [TOKEN]);
  });
  afterAll(async () => {
    for (const other of others) other.close();
    await server.stop();
    await started.close();
  });
  const open = (token = TOKEN, settings = {}) => openCache(server, token, { authorities, ...settings });

  test('tells how the cache is', async () => {
    await withCache(server, TOKEN, { authorities }, async (session) => {
      await session.command('SET', 'a', 1);
      await session.command('GET', 'a');
      await session.command('GET', 'b');
      const state = await readCacheState(session);
      expect(state).toMatchObject({
        keys: 1,
        hits: 1,
        misses: 1,
        expiringKeys: 0,
        evictedKeys: 0,
        maximumMemoryBytes: 0,
        maximumMemoryPolicy: 'noeviction',
      });
      expect(state.version).toMatch(/^\d+\.\d+/);
      expect(state.usedMemoryBytes).toBeGreaterThan(100_000);
      expect(state.connectedClients).toBeGreaterThan(0);
      expect(await measurePing(session)).toBeGreaterThan(0);
    });
  });

  test('sees and ends the connections of others, not its own', async () => {
    const session = await open();
    const other = await open();
    await other.command('CLIENT', 'SETNAME', 'worker');
    expect(await listConnections(session)).toMatchObject([{ name: 'worker' }]);
    expect(await endConnections(session)).toBe(1);
    await expect(other.command('PING')).rejects.toMatchObject({ name: 'Transient' });
    expect(await session.command('PING')).toBe('PONG');
    session.close();
    session.close();
  });

  test.each([
    ['a wrong token', () => open('not-the-token'), 'PreconditionFailed', 'WRONGPASS'],
    ['no token', () => open(''), 'InvalidInput', undefined],
    [
      'an authority that is not known',
      () => open(TOKEN, { authorities: undefined }),
      'PreconditionFailed',
      'SELF_SIGNED_CERT_IN_CHAIN',
    ],
    [
      'a name that the certificate does not have',
      // A way to write 127.0.0.1 that no certificate knows.
      () => openCache({ host: '127.1', port: server.port }, TOKEN, { authorities }),
      'PreconditionFailed',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['no limit of time', () => open(TOKEN, { connectTimeoutMilliseconds: 0 }), 'InvalidInput', undefined],
    [
      'nobody there',
      () => openCache({ host: 'localhost', port: 1 }, TOKEN, { authorities }),
      'Transient',
      'ECONNREFUSED',
    ],
  ])('is refused with %s', async (_what, attempt, name, code) => {
    const error = await attempt().then(
      () => undefined,
      (thrown: Error & { facts: Record<string, unknown> }) => thrown,
    );
    expect(error).toMatchObject({ name, ...(code === undefined ? {} : { facts: { code } }) });
    expect(JSON.stringify([error?.message, error?.facts])).not.toContain(TOKEN);
  });

  test('is not opened where nobody speaks TLS, and not waited for where nobody speaks', async () => {
    const port = (server: Server) => (server.address() as { port: number }).port;
    const listen = async (greeting: string | undefined) => {
      const other = createServer((socket) => {
        socket.on('error', () => {});
        if (greeting !== undefined) socket.write(greeting);
      });
      others.push(other);
      await new Promise<void>((resolve) => other.listen(0, 'localhost', resolve));
      return port(other);
    };
    const plain = openCache({ host: 'localhost', port: await listen('-ERR hello\r\n') }, TOKEN, {
      authorities,
    });
    await expect(plain).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('No token was sent'),
    });
    const silent = openCache({ host: 'localhost', port: await listen(undefined) }, TOKEN, {
      authorities,
      connectTimeoutMilliseconds: 200,
    });
    await expect(silent).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining('within 200 ms'),
    });
  });

  test('is refused where any token would do', async () => {
    const open = await startRedis(started.machine, 'open', []);
    try {
      await expect(openCache(open, TOKEN, { authorities })).rejects.toMatchObject({
        name: 'PreconditionFailed',
        facts: { code: 'NOTOKEN' },
      });
    } finally {
      await open.stop();
    }
  });
});
