import type { LookupFunction } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { whyUndeclared } from './declared-hosts.ts';
import { ProbeFailure, toFailure } from './failure.ts';
import type { Certificate } from './judge-certificate.ts';
import { PROBE_LIMITS } from './limits.ts';
import type { ProbeSettings } from './probe.ts';
import { resolveChecked } from './resolve.ts';

/**
 * Greets a host and looks at the certificate that it shows, good or bad. Nothing is sent to it: what may be said to an
 * unproven host is nothing at all.
 */
export async function readCertificate(
  url: string,
  settings: Pick<ProbeSettings, 'hosts' | 'allowLoopback' | 'authorities' | 'limits' | 'resolve' | 'signal'>,
): Promise<Certificate | ProbeFailure> {
  try {
    const parsed = URL.parse(url);
    const why = parsed === null ? 'is not an address' : whyUndeclared(parsed, settings.hosts);
    if (parsed === null || why !== undefined)
      throw new ProbeFailure('refused', `may not be asked: it ${why}`);
    if (parsed.protocol !== 'https:')
      throw new ProbeFailure('refused', 'shows no certificate: it is not HTTPS');
    return await greet(parsed, settings);
  } catch (error) {
    return toFailure(error);
  }
}

async function greet(
  url: URL,
  { allowLoopback = false, authorities, limits, resolve, signal }: Parameters<typeof readCertificate>[1],
): Promise<Certificate> {
  const milliseconds = limits?.connectMilliseconds ?? PROBE_LIMITS.connectMilliseconds;
  const late = new ProbeFailure('timeout', `did not show a certificate within ${milliseconds} ms`);
  const called = new ProbeFailure('not asked', 'was not asked to the end: the time was up');
  const outcome = Promise.withResolvers<Certificate>();
  const callOff = () => outcome.reject(called);
  const timer = setTimeout(() => outcome.reject(late), milliseconds);
  signal?.addEventListener('abort', callOff, { once: true });
  if (signal?.aborted) callOff();
  let socket: TLSSocket | undefined;
  try {
    const addresses = await Promise.race([
      resolveChecked(url.hostname, { allowLoopback }, resolve),
      outcome.promise as Promise<never>,
    ]);
    const pinned: LookupFunction = (_, options, callback) => {
      const [first] = addresses;
      if (options.all) callback(null, [...addresses]);
      else callback(null, first?.address ?? '', first?.family);
    };
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    socket = connect({
      host,
      port: Number(url.port || 443),
      lookup: pinned,
      // Whether it may be trusted is what is to be found out.
      rejectUnauthorized: false,
      // A name is told to the server; an address may not be (RFC 6066).
      ...(addresses[0]?.address === host ? {} : { servername: host }),
      ...(authorities === undefined ? {} : { ca: [...authorities] }),
    });
    const greeted = socket;
    greeted.once('secureConnect', () => outcome.resolve(shown(greeted)));
    greeted.on('error', (error) => outcome.reject(error));
    greeted.once('close', () => outcome.reject(new ProbeFailure('reset', 'broke the connection off')));
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', callOff);
    // Where the look-up ended it, nobody else hears of it.
    outcome.promise.catch(() => {});
    socket?.destroy();
  }
}

function shown(socket: TLSSocket): Certificate {
  const { valid_from, valid_to } = socket.getPeerCertificate();
  // An Error at run time, where there is one; its type knows better only in part.
  const error = socket.authorizationError as unknown as { code?: string } | string | null | undefined;
  const problem = typeof error === 'string' ? error : error?.code;
  return { validFrom: new Date(valid_from), expiresAt: new Date(valid_to), problem };
}
