import { namesLoopback } from '../../http/probe/declared-hosts.ts';
import type { ProbeFailure } from '../../http/probe/failure.ts';
import { type ProbeAnswer, type ProbeRequest, probe } from '../../http/probe/probe.ts';

/** Longest answer that is read: its status is all that counts. Bytes. */
const LONGEST_BODY_BYTES = 4096;

/** Asks one address, which its own team has declared: bounded in time and bytes, without following a redirect to anywhere else. */
export function ask(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer | ProbeFailure> {
  const url = URL.parse(request.url);
  return probe(request, {
    hosts: url === null ? [] : [url.host],
    allowLoopback: url !== null && namesLoopback(url.hostname),
    limits: { redirects: 0, bytes: LONGEST_BODY_BYTES },
    signal,
  });
}
