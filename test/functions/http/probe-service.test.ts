import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probePath } from '../../../functions/http/probe-service.ts';

const servers: Array<ReturnType<typeof createServer>> = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const probe = async (listener: RequestListener) =>
  probePath('readiness', { baseUrl: await serve(listener), latencyLimitMilliseconds: 2000 }, '/health/ready');

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('a health probe', () => {
  it.each([
    [
      'ok with checks',
      json(200, { status: 'ok', checks: { database: 'ok', cache: { status: 'healthy' }, queue: true } }),
      true,
      'answered 200 5 times',
    ],
    ['an empty answer', json(200, ''), true, 'answered 200'],
    ['degraded', json(200, { status: 'degraded' }), false, 'says its status is "degraded"'],
    [
      'a check that is not ready',
      json(200, { status: 'ok', checks: { database: 'ok', cache: 'down' } }),
      false,
      'is not ready: cache',
    ],
    ['503', json(503, { status: 'ok' }), false, 'answered 503'],
    ['a redirect', json(302, {}), false, 'answered 302'],
    ['HTML', json(200, '<html>Welcome</html>'), false, 'HTML'],
    [
      'a megabyte of HTML',
      json(200, `<html>${'x'.repeat(1_048_576)}`),
      false,
      'far more than a health check needs',
    ],
    ['a text', json(200, 'hello'), false, 'a text that is not a health status'],
    ['a broken connection', (request) => request.socket.destroy(), false, 'could not be reached'],
  ] as Array<[string, RequestListener, boolean, string]>)(
    'judges %s',
    async (_, listener, passed, measured) => {
      expect(await probe(listener)).toMatchObject({ passed, measured: expect.stringContaining(measured) });
    },
  );

  it('gives up on an answer that hangs', async () => {
    const check = await probe((_, response) => response.writeHead(200).write('{'));
    expect(check).toMatchObject({
      passed: false,
      measured: expect.stringContaining('did not answer within'),
    });
  });

  it('fails when the median is too slow', async () => {
    const url = await serve((_, response) => setTimeout(() => response.end('{"status":"ok"}'), 30));
    expect((await probePath('liveness', { baseUrl: url, latencyLimitMilliseconds: 5 }, '/')).passed).toBe(
      false,
    );
  });
});
