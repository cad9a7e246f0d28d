import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProbeFailure } from '../../../../functions/http/probe/failure.ts';
import { judgeCertificate } from '../../../../functions/http/probe/judge-certificate.ts';
import { probe } from '../../../../functions/http/probe/probe.ts';
import { readCertificate } from '../../../../functions/http/probe/read-certificate.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificate-authority.ts';
import type { CertificateAuthority } from '../../../../sandbox/contract.ts';
import { serveHttp, serveTcp, type TestServer } from '../../../support/http-server.ts';

const DAY_MILLISECONDS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MILLISECONDS);
const resolve = async () => [{ address: '127.0.0.1', family: 4 }];

let folder: string;
let authority: CertificateAuthority;
let authorities: string[];
let asked = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  authority = await createCertificateAuthority(folder);
  authorities = [await readFile(authority.file, 'utf8')];
});
afterAll(() => rm(folder, { recursive: true }));

async function withServer<T>(
  names: string[],
  validity: { notBefore: Date; notAfter: Date },
  work: (server: TestServer) => Promise<T>,
): Promise<T> {
  asked = 0;
  const server = await serveHttp(
    (_, response) => {
      asked += 1;
      response.end('{"status":"ok"}');
    },
    await authority.issue(names, validity),
  );
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}
const settingsFor = (host: string) => ({ hosts: [host], allowLoopback: true, authorities, resolve });
const year = { notBefore: inDays(-1), notAfter: inDays(365) };

describe('over HTTPS', () => {
  it.each([
    ['a good certificate', 'api.test', year, 'pass', '364 days left'],
    [
      'one that ends soon',
      'api.test',
      { notBefore: inDays(-1), notAfter: inDays(10.5) },
      'warn',
      '10 days left',
    ],
    [
      'one that ends now',
      'api.test',
      { notBefore: inDays(-1), notAfter: inDays(1.5) },
      'fail',
      '1 days left',
    ],
    ['an expired one', 'api.test', { notBefore: inDays(-9), notAfter: inDays(-2) }, 'fail', 'has expired'],
    [
      'one from the future',
      'api.test',
      { notBefore: inDays(2), notAfter: inDays(99) },
      'fail',
      'not valid before',
    ],
    ['one for another name', 'other.test', year, 'fail', 'for another name (ERR_TLS_CERT_ALTNAME_INVALID)'],
  ] as const)('%s is judged', async (_, name, validity, verdict, observed) => {
    await withServer([name], validity, async ({ port }) => {
      const host = `api.test:${port}`;
      const certificate = await readCertificate(`https://${host}/`, settingsFor(host));
      const limits = { warnDays: 14, failDays: 3 };
      expect(judgeCertificate(certificate, limits, new Date())).toMatchObject({
        verdict,
        observed: expect.stringContaining(observed),
      });
    });
  });

  it('a good certificate is told with the answer', async () => {
    await withServer(['api.test'], year, async ({ port }) => {
      const host = `api.test:${port}`;
      const answer = await probe({ url: `https://${host}/` }, settingsFor(host));
      if (answer instanceof ProbeFailure) throw answer;
      expect(answer.status).toBe(200);
      // A certificate has no milliseconds.
      expect(Math.abs((answer.certificateExpiresAt?.getTime() ?? 0) - year.notAfter.getTime())).toBeLessThan(
        1000,
      );
    });
  });

  it.each([
    ['expired', 'api.test', { notBefore: inDays(-9), notAfter: inDays(-2) }, true, 'has expired'],
    ['for another name', 'other.test', year, true, 'for another name'],
    ['of an unknown authority', 'api.test', year, false, 'of an unknown authority'],
  ] as const)(
    'nothing is asked of a host whose certificate is %s',
    async (_, name, validity, known, words) => {
      await withServer([name], validity, async ({ port }) => {
        const host = `api.test:${port}`;
        const { authorities: trusted, ...settings } = settingsFor(host);
        const result = await probe(
          { url: `https://${host}/` },
          known ? { ...settings, authorities: trusted } : settings,
        );
        expect(result).toMatchObject({ kind: 'certificate', message: expect.stringContaining(words) });
        expect(asked).toBe(0);
      });
    },
  );

  it('an unknown authority is seen when looking at the certificate, too', async () => {
    await withServer(['api.test'], year, async ({ port }) => {
      const host = `api.test:${port}`;
      const { authorities: _, ...settings } = settingsFor(host);
      const certificate = await readCertificate(`https://${host}/`, settings);
      expect(certificate).toMatchObject({ problem: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
      expect(asked).toBe(0);
    });
  });

  it('a certificate for an address is read', async () => {
    await withServer(['127.0.0.1'], year, async ({ host }) => {
      expect(await readCertificate(`https://${host}/`, settingsFor(host))).toMatchObject({
        problem: undefined,
      });
    });
  });

  it('plain HTTP is not taken after a redirect', async () => {
    const server = await serveHttp(
      (_, response) => response.writeHead(302, { location: 'http://api.test/' }).end(),
      await authority.issue(['api.test'], year),
    );
    const host = `api.test:${server.port}`;
    const settings = { ...settingsFor(host), hosts: [host, 'api.test'], limits: { redirects: 2 } };
    expect(await probe({ url: `https://${host}/` }, settings)).toMatchObject({
      kind: 'redirects',
      message: 'redirects from HTTPS to plain HTTP',
    });
    await server.close();
  });
});

it('a certificate whose dates cannot be read proves nothing', () => {
  const odd = { validFrom: new Date(Number.NaN), expiresAt: new Date(Number.NaN), problem: undefined };
  expect(judgeCertificate(odd, { warnDays: 14, failDays: 3 }, new Date()).verdict).toBe('unknown');
});

describe('a certificate is not read', () => {
  const limits = { connectMilliseconds: 300 };

  it('for ever', async () => {
    const server = await serveTcp(() => {});
    const settings = { ...settingsFor(server.host), limits };
    expect(await readCertificate(`https://${server.host}/`, settings)).toMatchObject({ kind: 'timeout' });
    const called = { ...settings, signal: AbortSignal.timeout(50) };
    expect(await readCertificate(`https://${server.host}/`, called)).toMatchObject({ kind: 'not asked' });
    await server.close();
  });

  it('of what breaks the connection off, or does not speak TLS', async () => {
    for (const said of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n']) {
      const server = await serveTcp((socket) => void socket.once('data', () => socket.end(said)));
      const found = await readCertificate(`https://${server.host}/`, settingsFor(server.host));
      expect(found).toBeInstanceOf(ProbeFailure);
      expect(judgeCertificate(found, { warnDays: 14, failDays: 3 }, new Date()).verdict).toBe('unknown');
      await server.close();
    }
  });

  it.each([
    ['https://other.test/', 'is not declared'],
    ['http://api.test/', 'not HTTPS'],
    ['https://metadata.test/', 'is a metadata address'],
    ['api', 'is not an address'],
  ])('of %s', async (url, words) => {
    const hosts = ['api.test', 'metadata.test'];
    const settings = { hosts, resolve: async () => [{ address: '169.254.169.254', family: 4 }] };
    expect(await readCertificate(url, settings)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(words),
    });
  });
});
