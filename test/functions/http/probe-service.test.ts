import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ASKING_MILLISECONDS } from '../../../functions/http/ask-declared.ts';
import { askOften } from '../../../functions/http/ask-often.ts';
import { settingsFor } from '../../../functions/http/declared-endpoints.ts';
import { probeService, probeStatus } from '../../../functions/http/probe-service.ts';
import { CONSUMER_STEPS } from '../../../lib/steps/consumer-steps.ts';
import { SERVICE_STEPS } from '../../../lib/steps/service-steps.ts';
import type { EndpointCheck, HttpHealth } from '../../../schemas/health.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { serveHttp, type TestServer } from '../../support/http-server.ts';
import { aHttpHealth, aService } from '../health/service/a-service.ts';

const servers: TestServer[] = [];
async function serve(listener: RequestListener): Promise<string> {
  const server = await serveHttp(listener);
  servers.push(server);
  return `http://${server.host}`;
}
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const never = new AbortController().signal;
const endpoint = (name: string, change: Partial<EndpointCheck> = {}): EndpointCheck => ({
  name,
  path: `/${name}`,
  status: [200],
  ready: false,
  json: [],
  ...change,
});
const ITEMS = endpoint('items', { json: [{ path: '$[*].name' }] });

/** The checks of a service that answers like this, by their names. */
async function probe(
  listener: RequestListener,
  health: Partial<HttpHealth> = {},
  { signal = never, ...change }: Partial<ServiceTarget> & { signal?: AbortSignal } = {},
) {
  const target = aService(await serve(listener), { http: aHttpHealth(health) });
  const checks = await probeService({ ...target, ...change }, signal);
  return new Map(checks.map((check) => [check.name, check]));
}

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
      const checks = await probe(listener);
      expect([...checks.keys()]).toEqual(['liveness', 'readiness']);
      for (const check of checks.values())
        expect(check).toMatchObject({ passed, measured: expect.stringContaining(measured) });
    },
  );

  it('fails when the median is too slow', async () => {
    const slow: RequestListener = (_, response) => void setTimeout(() => response.end('{"status":"ok"}'), 30);
    expect((await probe(slow, {}, { latencyLimitMilliseconds: 5 })).get('liveness')?.passed).toBe(false);
  });

  it('follows redirects where they are declared', async () => {
    const listener: RequestListener = ({ url }, response) =>
      url === '/live' ? void response.writeHead(302, { location: '/alive' }).end() : void response.end();
    expect((await probe(listener, { redirects: 1 })).get('liveness')?.passed).toBe(true);
    expect((await probe(listener)).get('liveness')?.passed).toBe(false);
  });
});

describe('what a service declares beside its health', () => {
  const nameless = [{ id: '1', title: 'item 1' }];
  const shop =
    (items: unknown, version = '2'): RequestListener =>
    ({ url }, response) =>
      void response.end(JSON.stringify(url === '/items' ? items : { status: 'ok', version }));
  const declared = { endpoints: [ITEMS], readinessJson: [{ path: '$.version', equals: '2' }] };

  it('is a check of its own for each', async () => {
    const checks = await probe(shop([{ name: 'item 1' }]), declared);
    expect([...checks].map(([name, { passed }]) => [name, passed])).toEqual([
      ['liveness', true],
      ['readiness', true],
      ['items', true],
    ]);
    expect(checks.get('items')?.measured).toBe('/items answered 200 5 times');
  });

  it('is not there though the answer is 200', async () => {
    const checks = await probe(shop(nameless), declared);
    expect(checks.get('readiness')?.passed).toBe(true);
    expect(checks.get('items')).toMatchObject({
      passed: false,
      measured: '/items answered 200, but $[*].name is not there (2 times)',
    });
  });

  it('holds for readiness too', async () => {
    const checks = await probe(shop([{ name: 'item 1' }], '1'), declared);
    expect(checks.get('liveness')?.passed).toBe(true);
    expect(checks.get('readiness')).toMatchObject({
      passed: false,
      measured: `/ready answered 200, but $['version'] is a text of 1 character, wanted $.version is "2" (2 times)`,
    });
  });

  it('may be another status, and fails when one answer of five is wrong', async () => {
    let asked = 0;
    const listener: RequestListener = ({ url }, response) =>
      void response.writeHead(url === '/admin' ? (++asked === 3 ? 200 : 401) : 200).end();
    const checks = await probe(listener, { endpoints: [endpoint('admin', { status: [401, 403] })] });
    expect(checks.get('admin')).toMatchObject({
      passed: false,
      measured: '/admin answered 200, wanted 401 or 403 (1 times)',
    });
  });

  it('is not held to the time that an answer takes', async () => {
    const listener: RequestListener = ({ url }, response) =>
      void setTimeout(() => response.end('{"status":"ok"}'), url === '/report' ? 30 : 0);
    const endpoints = [endpoint('report', { latency: { samples: 5, p50Milliseconds: 1 } })];
    expect((await probe(listener, { endpoints })).get('report')?.passed).toBe(true);
  });
});

describe('a service that hangs', () => {
  it('is not asked on and on', async () => {
    let asked = 0;
    const baseUrl = await serve((_, response) => {
      asked += 1;
      response.writeHead(200).write('{');
    });
    const settings = { ...settingsFor({ baseUrl }), limits: { wholeMilliseconds: 100 } };
    const answered = await askOften('/live', `${baseUrl}/live`, { ready: true }, settings);
    expect(answered).toEqual({
      verdict: 'fail',
      measured: '/live did not answer within 100 ms as a whole (2 times)',
      times: [],
    });
    expect(asked).toBe(2);
  });

  it('at its further addresses is left when the time is up, few of them at once, and has not passed', async () => {
    let open = 0;
    let most = 0;
    const listener: RequestListener = ({ url }, response) => {
      if (url?.startsWith('/slow') !== true) return void response.end();
      open += 1;
      most = Math.max(most, open);
      response.on('close', () => {
        open -= 1;
      });
    };
    const endpoints = Array.from({ length: 20 }, (_, index) => endpoint(`slow-${index}`));
    const checks = await probe(listener, { endpoints }, { signal: AbortSignal.timeout(500) });
    expect(checks.size).toBe(22);
    expect(checks.get('readiness')?.passed).toBe(true);
    expect(checks.get('slow-0')).toMatchObject({
      passed: false,
      measured: '/slow-0 was not asked to the end: the time was up (1 times)',
    });
    expect(checks.get('slow-19')).toMatchObject({
      passed: false,
      measured: '/slow-19 was not asked: the time was up',
    });
    expect(most).toBe(4);
  });

  it.each(
    Object.entries({ ...SERVICE_STEPS, ...CONSUMER_STEPS }).filter(([name]) =>
      ['probeHealth', 'recordGoodRevision', 'probeConsumers'].includes(name),
    ),
  )('leaves %s time to say so', (_, { timeoutSeconds }) => {
    expect(timeoutSeconds * 1000).toBeGreaterThanOrEqual(ASKING_MILLISECONDS * 1.25);
  });
});

describe('a status', () => {
  it.each([
    [[200, 204], true, '/account answered 204 5 times'],
    [[401], false, '/account answered 204, wanted 401 (2 times)'],
  ])('of %j', async (statuses, passed, measured) => {
    const baseUrl = await serve((_, response) => void response.writeHead(204).end());
    expect(await probeStatus('api', { baseUrl }, '/account', statuses, never)).toMatchObject({
      name: 'api',
      passed,
      measured,
    });
  });
});
