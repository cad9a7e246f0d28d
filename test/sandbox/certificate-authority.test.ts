import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateAuthority } from '../../sandbox/certificate-authority.ts';
import type { CertificateAuthority } from '../../sandbox/contract.ts';

let folder: string;
let authority: CertificateAuthority;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  authority = await createCertificateAuthority(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** Connects to a server with a certificate for `names`; resolves to undefined when the client trusts it, else to the error's code. */
async function handshake(names: string[], servername: string, ca: string): Promise<string | undefined> {
  const { certificate, key } = await authority.issue(names);
  const server = createServer({ cert: certificate, key }, (socket) => socket.end()).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => {});
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const options = /^[\d.]+$/.test(servername) ? {} : { servername };
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  const outcome = await new Promise<string | undefined>((resolve) => {
    socket.once('secureConnect', () => resolve(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  socket.destroy();
  server.close();
  return outcome;
}

describe('the certificate authority', () => {
  test('is trusted for the host names and addresses that it issued for', async () => {
    const ca = await readFile(authority.file, 'utf8');
    expect(
      await handshake(['db.example.rds.amazonaws.com', '127.0.0.1'], 'db.example.rds.amazonaws.com', ca),
    ).toBeUndefined();
    expect(await handshake(['db.example.rds.amazonaws.com', '127.0.0.1'], '127.0.0.1', ca)).toBeUndefined();
  });

  test('is not trusted for another host name', async () => {
    const ca = await readFile(authority.file, 'utf8');
    expect(await handshake(['db.example'], 'other.example', ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('is not trusted by the clients of another authority', async () => {
    const other = await createCertificateAuthority(await mkdtemp(join(folder, 'other-')));
    expect(await handshake(['db.example'], 'db.example', await readFile(other.file, 'utf8'))).toBeDefined();
  });

  test('is valid as long as a sped-up sandbox may live', async () => {
    const { validFromDate, validToDate } = new X509Certificate(await readFile(authority.file));
    expect(validFromDate.getTime()).toBeLessThan(Date.now());
    expect(validToDate.getTime()).toBeGreaterThan(Date.now() + 365 * 86_400_000);
  });
});
