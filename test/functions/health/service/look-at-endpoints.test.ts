import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAtAll } from '../../../../functions/health/look-at-all.ts';
import { endpointParts } from '../../../../functions/health/service/look-at-endpoints.ts';
import { payloadParts } from '../../../../functions/health/service/look-at-payload-guard.ts';
import { settingsFor } from '../../../../functions/http/declared-endpoints.ts';
import type { ProbeSettings } from '../../../../functions/http/probe/probe.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificate-authority.ts';
import type { CertificateAuthority } from '../../../../sandbox/contract.ts';
import type { HttpHealth } from '../../../../schemas/health.ts';
import { serveHttp, type TestServer } from '../../../support/http-server.ts';
import { aHttpHealth, aService } from './a-service.ts';

/** Some milliseconds are long enough for a server on the same machine that is never going to answer. */
const LIMITS = { firstByteMilliseconds: 250, wholeMilliseconds: 400 };

async function look(
  listener: RequestListener,
  change: Partial<HttpHealth> = {},
  certificate?: Awaited<ReturnType<CertificateAuthority['issue']>>,
  settings: Partial<ProbeSettings> = {},
  hostname = '127.0.0.1',
) {
  const server: TestServer = await serveHttp(listener, certificate);
  const scheme = certificate === undefined ? 'http' : 'https';
  const target = aService(`${scheme}://${hostname}:${server.port}`);
  try {
    const http = aHttpHealth(change);
    const own = { ...settingsFor(target, http.hosts), limits: LIMITS, allowLoopback: true, ...settings };
    const findings = await lookAtAll(
      [...endpointParts(target, http, own), ...payloadParts(target, http.payload, own)],
      new AbortController().signal,
    );
    return new Map(findings.map((one) => [one.check, one]));
  } finally {
    await server.close();
  }
}
const verdicts = (findings: Awaited<ReturnType<typeof look>>) =>
  Object.fromEntries([...findings].map(([check, { verdict }]) => [check, verdict]));
const good: RequestListener = (_, response) => response.end('{"status":"ok","checks":{"database":"ok"}}');

describe('addresses of a service', () => {
  it('are live and ready, and nothing more is asked than is declared', async () => {
    expect(verdicts(await look(good))).toEqual({
      liveness: 'pass',
      'liveness: checks': 'pass',
      readiness: 'pass',
      'readiness: checks': 'pass',
      'readiness: latency': 'pass',
    });
  });

  it.each<[string, RequestListener, Record<string, string>, Record<string, string>, Partial<HttpHealth>?]>([
    [
      'hang',
      () => {},
      { liveness: 'fail', 'liveness: checks': 'unknown', 'readiness: latency': 'unknown' },
      { liveness: '/live did not answer within 250 ms' },
    ],
    [
      'trickle',
      (_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(timer));
      },
      { liveness: 'fail', 'liveness: checks': 'unknown' },
      { liveness: '/live did not answer within 400 ms as a whole' },
    ],
    [
      'redirect in a loop',
      ({ url }, response) => response.writeHead(302, { location: url === '/a' ? '/b' : '/a' }).end(),
      { liveness: 'fail' },
      { liveness: '/live redirects in a loop (3 steps)' },
      { redirects: 5 },
    ],
    [
      'redirect where none is declared',
      (_, response) => response.writeHead(302, { location: '/live' }).end(),
      { liveness: 'fail' },
      { liveness: '/live answered 302' },
    ],
    [
      'redirect to metadata',
      (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
      { liveness: 'fail' },
      { liveness: '/live redirects to an address that leads to 169.254.169.254, which is not declared' },
      { redirects: 5 },
    ],
    [
      'answer broken JSON',
      (_, response) => response.end('{"status":"ok",'),
      { liveness: 'pass', 'liveness: checks': 'fail', readiness: 'fail' },
      {
        'liveness: checks': 'answered a text that is not a health status',
        readiness: '/ready answered 200, but broken JSON',
      },
      { readinessJson: [{ path: '$.version' }] },
    ],
    [
      'answer HTML',
      (_, response) => response.end('<html>Welcome</html>'),
      { liveness: 'pass', 'liveness: checks': 'fail', readiness: 'fail' },
      { readiness: '/ready answered 200, but HTML instead of JSON' },
      { readinessJson: [{ path: '$.version' }, { path: '$.region' }] },
    ],
    [
      'hold other things than they should',
      (_, response) => response.end('{"status":"ok","checks":{},"version":3,"debug":true}'),
      { readiness: 'fail', 'readiness: checks': 'pass' },
      {
        readiness:
          "/ready answered 200, but $['version'] is 3, $.region is not there, $.debug is there: $['debug']",
      },
      {
        readinessJson: [
          { path: '$.status', equals: 'ok' },
          { path: '$.version', equals: 4 },
          { path: '$.region' },
          { path: '$.debug', present: false },
        ],
      },
    ],
    [
      'answer with another status',
      (_, response) => response.writeHead(503).end('{"status":"down"}'),
      { readiness: 'fail' },
      { readiness: '/ready answered 503' },
      { readinessJson: [{ path: '$.version' }] },
    ],
    [
      'reset',
      (request) => request.socket.resetAndDestroy(),
      { liveness: 'fail', 'liveness: checks': 'unknown' },
      { liveness: '/live could not be reached: it broke the connection off (ECONNRESET)' },
    ],
    [
      'name what is not ready',
      (_, response) => response.end('{"status":"ok","checks":{"database":"ok","queue":{"status":"down"}}}'),
      { liveness: 'pass', 'readiness: checks': 'fail' },
      { 'readiness: checks': 'is not ready: queue' },
    ],
  ])('that %s are told apart', async (_, listener, expected, words, change) => {
    const found = await look(listener, change);
    expect(verdicts(found)).toMatchObject(expected);
    for (const [check, observed] of Object.entries(words)) expect(found.get(check)?.observed).toBe(observed);
  });

  it('name the runbook where they fail, and none where nothing is known', async () => {
    const found = await look((_, response) => response.writeHead(500).end());
    expect(found.get('liveness')?.runbook).toBe('roll-back-service');
    const hanging = await look(() => {});
    expect(hanging.get('liveness: checks')).not.toHaveProperty('runbook');
  });

  it('are slow without being ill', async () => {
    const found = await look((request, response) => void setTimeout(() => good(request, response), 30), {
      p95Milliseconds: 5,
    });
    expect(verdicts(found)).toMatchObject({ readiness: 'pass', 'readiness: latency': 'fail' });
    expect(found.get('readiness: latency')).not.toHaveProperty('runbook');
  });

  it('carry the id that was sent, refuse what is too large, and are as declared beside', async () => {
    const listener: RequestListener = (request, response) => {
      response.setHeader('x-request-id', String(request.headers['x-request-id']));
      if (request.method !== 'POST') return good(request, response);
      return void response.writeHead(Number(request.headers['content-length']) > 5000 ? 413 : 400).end();
    };
    const found = await look(listener, {
      correlation: { send: 'x-request-id', expect: ['x-request-id'] },
      payload: { path: '/orders', bytes: 10_000, batch: { item: { id: 1 }, count: 100, key: 'orders' } },
      endpoints: [
        { name: 'front page', path: '/', status: [200], ready: false, json: [], latency: { samples: 2 } },
        { name: 'admin', path: '/admin', status: [401, 403], ready: false, json: [] },
      ],
    });
    expect(verdicts(found)).toMatchObject({
      'correlation id': 'pass',
      'oversized body': 'pass',
      'oversized batch': 'pass',
      'front page': 'pass',
      'front page: latency': 'pass',
      admin: 'fail',
    });
    expect(found.get('admin')).toMatchObject({
      observed: '/admin answered 200',
      expected: 'status 401 or 403',
    });
  });

  it('take what is too large, which is told as such', async () => {
    const found = await look(good, { payload: { path: '/orders', bytes: 10_000 } });
    expect(found.get('oversized body')).toMatchObject({
      verdict: 'fail',
      observed: 'status 200',
      expected: 'a body of 10000 bytes is refused with status 413',
    });
  });
});

describe('the certificate of a service', () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  let folder: string;
  let authority: CertificateAuthority;
  let authorities: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certificate-'));
    authority = await createCertificateAuthority(folder);
    authorities = [await readFile(authority.file, 'utf8')];
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['good', 'api.example.com', 365, 'pass', 'pass', /^36\d days left/],
    ['going to expire', 'api.example.com', 7, 'pass', 'warn', /^[67] days left/],
    ['expired', 'api.example.com', -1, 'fail', 'fail', /^it has expired/],
    ['that of another name', 'shop.example.com', 365, 'fail', 'fail', /for another name/],
  ])('is %s', async (_, name, days, liveness, certificate, words) => {
    const shown = await authority.issue([name], { notBefore: inDays(-30), notAfter: inDays(days) });
    const found = await look(good, {}, shown, { authorities, resolve }, 'api.example.com');
    expect(verdicts(found)).toMatchObject({ liveness, certificate });
    expect(found.get('certificate')?.observed).toMatch(words);
  });
});
