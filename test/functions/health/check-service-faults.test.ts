import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler } from '../../../functions/health/check-service.ts';
import { createCertificateAuthority } from '../../../sandbox/certificate-authority.ts';
import type { CertificateAuthority, Machine } from '../../../sandbox/contract.ts';
import { createEcsService } from '../../../sandbox/services/ecs/ecs-service.ts';
import { CheckReport, type HealthPolicy, type MetricsHealth } from '../../../schemas/health.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { serveHttp, serveTcp, type TestServer } from '../../support/http-server.ts';
import { LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';
import { aHttpHealth, aService } from './service/a-service.ts';

// Long for a good server on this machine, and short for whoever waits for a bad one.
vi.mock(import('../../../functions/http/probe/limits.ts'), async (original) => {
  const { PROBE_LIMITS } = await original();
  return { PROBE_LIMITS: { ...PROBE_LIMITS, firstByteMilliseconds: 1500, wholeMilliseconds: 2000 } };
});

const OK = '{"status":"ok","checks":{"database":"ok"}}';
const good: RequestListener = (_, response) => response.end(OK);
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

let services: Awaited<ReturnType<typeof startServices>>;
let folder: string;
let authority: CertificateAuthority;
const usual = getCACertificates();

beforeAll(async () => {
  const neighbours = (machine: Machine) => {
    machine.engines.putEvent = () => {};
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  services = await startServices([neighbours, createEcsService]);
  pointFunctionsAt(services);
  folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  authority = await createCertificateAuthority(folder);
});
afterAll(async () => {
  setDefaultCACertificates(usual);
  await services?.close();
  await rm(folder, { recursive: true });
  vi.unstubAllEnvs();
});

/** What the whole step says of a service at an address. Its cluster is not there, which hides nothing else. */
async function check(baseUrl: string, health: Partial<HealthPolicy> = {}) {
  const http = aHttpHealth({ samples: 1, redirects: 5, ...health.http });
  const target = JSON.parse(JSON.stringify(aService(baseUrl, { ...health, http })));
  const step = handler as (event: unknown, context: never) => Promise<unknown>;
  const report = CheckReport.parse(await step({ target }, LAMBDA_CONTEXT));
  return { ...report, found: new Map(report.findings.map((one) => [one.check, one])) };
}
async function checkServer(server: TestServer, scheme = 'http', health: Partial<HealthPolicy> = {}) {
  try {
    return await check(`${scheme}://${server.host}`, health);
  } finally {
    await server.close();
  }
}
const told = ({ found }: Awaited<ReturnType<typeof check>>, name: string) => {
  const one = found.get(name);
  return [one?.verdict, one?.observed, one?.runbook];
};
const ROLL_BACK = 'roll-back-service';

describe('check-service survives, and tells', () => {
  it.each<[string, RequestListener, string, RegExp]>([
    ['one that hangs', () => {}, 'unknown', /^\/live did not answer within 1500 ms$/],
    [
      'one that trickles',
      (_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 100);
        response.once('close', () => clearInterval(timer));
      },
      'unknown',
      /^\/live did not answer within 2000 ms as a whole$/,
    ],
    [
      'one that redirects in a loop',
      ({ url }, response) => response.writeHead(302, { location: url === '/a' ? '/b' : '/a' }).end(),
      'unknown',
      /^\/live redirects in a loop/,
    ],
    [
      'one that redirects to credentials',
      (_, response) => response.writeHead(307, { location: 'http://169.254.169.254/latest/' }).end(),
      'unknown',
      /^\/live redirects to an address that leads to 169\.254\.169\.254, which is not declared$/,
    ],
    [
      'one that resets',
      ({ socket }) => socket.resetAndDestroy(),
      'unknown',
      /^\/live could not be reached: it broke the connection off/,
    ],
    ['broken JSON', (_, response) => response.end('{"status":"ok",'), 'fail', /^\/live answered 200$/],
    ['HTML', (_, response) => response.end('<html>hunter2'), 'fail', /^\/live answered 200$/],
    [
      'one without an end',
      (_, response) => response.end('x'.repeat(100_000)),
      'fail',
      /^\/live answered 200$/,
    ],
  ])('%s', async (_, listener, readiness, words) => {
    const report = await checkServer(await serveHttp(listener));
    expect(report.verdict).toBe('fail');
    expect(report.found.get('liveness: checks')?.verdict).toBe(readiness);
    expect(report.found.get('liveness')?.observed).toMatch(words);
    expect(report.findings.some(({ verdict, runbook }) => verdict === 'fail' && runbook === ROLL_BACK)).toBe(
      true,
    );
    expect(report.found.get('tasks')?.verdict).toBe('unknown');
    expect(JSON.stringify(report)).not.toContain('hunter2');
  });

  it('a port on which nothing listens', async () => {
    const server = await serveTcp(() => {});
    await server.close();
    expect(told(await check(`http://${server.host}`), 'liveness')).toEqual([
      'fail',
      '/live could not be reached: nothing listens there (ECONNREFUSED)',
      ROLL_BACK,
    ]);
  });

  it('a name that nobody knows, for which no release is to blame', async () => {
    const [verdict, observed, runbook] = told(await check('http://api.invalid'), 'liveness');
    expect(observed).toMatch(/^\/live has a host name that (is not known|could not be looked up)/);
    expect([verdict, runbook]).not.toContain('pass');
    expect(runbook).toBeUndefined();
  });

  it('an address to which nothing may go, though it is the service’s own', async () => {
    const { verdict, found } = await check('http://169.254.169.254');
    expect(verdict).toBe('unknown');
    expect(found.get('liveness')).toMatchObject({
      verdict: 'unknown',
      observed: expect.stringContaining('is a metadata address'),
    });
  });

  it.each([
    ['closes when all is said', `HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${OK}`, 'pass'],
    ['says how long it is', `HTTP/1.0 200 OK\r\ncontent-length: ${OK.length}\r\n\r\n${OK}`, 'pass'],
    ['ends too early', `HTTP/1.0 200 OK\r\ncontent-length: 99\r\n\r\n${OK}`, 'fail'],
  ])('a server of HTTP/1.0 that %s', async (_, answer, verdict) => {
    const server = await serveTcp((socket) => void socket.once('data', () => socket.end(answer)));
    const report = await checkServer(server);
    expect(told(report, 'liveness')[0]).toBe(verdict);
    expect(told(report, 'readiness: checks')[0]).toBe(verdict === 'pass' ? 'pass' : 'unknown');
    // It names no load balancer: nothing is said of errors, rather than that there are none.
    expect([...report.found.keys()].filter((name) => name.startsWith('error'))).toEqual([]);
  });
});

describe('check-service looks at a certificate', () => {
  const serve = async (name: string, from: number, to: number) =>
    serveHttp(good, await authority.issue([name], { notBefore: inDays(from), notAfter: inDays(to) }));

  it.each([
    ['good', '127.0.0.1', -1, 365, 'pass', /^364 days left/],
    ['expired', '127.0.0.1', -9, -2, 'fail', /^it has expired/],
    ['for another name', 'other.test', -1, 365, 'fail', /for another name/],
    ['of a clock that is ahead', '127.0.0.1', 2, 365, 'fail', /^it is not valid before/],
  ])('that is %s', async (_, name, from, to, verdict, words) => {
    setDefaultCACertificates([...usual, await readFile(authority.file, 'utf8')]);
    const report = await checkServer(await serve(name, from, to), 'https');
    expect(told(report, 'certificate')).toEqual([verdict, expect.stringMatching(words), undefined]);
    // An older release would show the same one.
    expect(told(report, 'liveness')).toEqual([verdict, expect.any(String), undefined]);
    expect(told(report, 'readiness')).toEqual([verdict, expect.any(String), undefined]);
  });

  it('of a private authority that nobody has told it of', async () => {
    setDefaultCACertificates(usual);
    const report = await checkServer(await serve('127.0.0.1', -1, 365), 'https');
    expect(told(report, 'certificate')).toEqual([
      'fail',
      expect.stringMatching(/^it shows a certificate of an unknown authority .*NODE_EXTRA_CA_CERTS/),
      undefined,
    ]);
    expect(told(report, 'liveness')).toEqual([
      'fail',
      expect.stringContaining('unknown authority'),
      undefined,
    ]);
  });
});

describe('check-service reads metrics', () => {
  const metrics = (host: string, change: Partial<MetricsHealth> = {}): Partial<HealthPolicy> => ({
    metrics: {
      url: `http://${host}/metrics`,
      secondsBetween: 0.01,
      assertions: [],
      errorRatio: { requests: { name: 'requests' }, errors: { name: 'errors' }, over: 'total' },
      ...change,
    },
  });
  const serve = (text: string, status = 200) =>
    serveHttp(({ url }, response) => {
      if (url === '/metrics') response.writeHead(status).end(text);
      else response.end(OK);
    });

  it.each([
    ['NaN', 'requests NaN\nerrors 1\n', 'pass', 'unknown'],
    ['errors that are NaN', 'requests 100\nerrors NaN\n', 'pass', 'unknown'],
    ['errors without end', 'requests 100\nerrors +Inf\n', 'pass', 'fail'],
    ['requests without end', 'requests +Inf\nerrors +Inf\n', 'pass', 'unknown'],
    ['neither', 'up 1\n', 'pass', 'unknown'],
    ['a line that is broken', 'requests 100\nerrors 0\nerrors{ 7\n', 'warn', 'unknown'],
    ['HTML', '<html>', 'fail', 'unknown'],
  ])('in which there is %s', async (_, text, read, ratio) => {
    const server = await serve(text);
    const { found } = await checkServer(server, 'http', metrics(server.host));
    expect([found.get('metrics')?.verdict, found.get('error ratio')?.verdict]).toEqual([read, ratio]);
  });

  it('at declared hosts alone', async () => {
    const server = await serveHttp(({ url }, response) => {
      if (url === '/metrics') response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      else response.end(OK);
    });
    const { found } = await checkServer(server, 'http', metrics('169.254.169.254'));
    expect(found.get('metrics')).toMatchObject({
      verdict: 'unknown',
      observed: expect.stringContaining('is a metadata address'),
    });
    expect(found.get('error ratio')?.verdict).toBe('unknown');
  });
});
