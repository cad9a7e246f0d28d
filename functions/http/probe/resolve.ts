import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { whyRefused } from './address-rules.ts';
import { ProbeFailure } from './failure.ts';

/** Looks a name up. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const askSystem: Resolve = (hostname) => lookup(hostname, { all: true });

/**
 * The addresses of a host, each of which was checked. A connection must go to one of them and must not look the name up again: a name
 * server could answer something else then. One bad address refuses the host: a name that leads to a service and to metadata is no accident.
 */
export async function resolveChecked(
  hostname: string,
  rules: { readonly allowLoopback: boolean },
  resolve: Resolve = askSystem,
): Promise<readonly LookupAddress[]> {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(bare);
  const addresses = family === 0 ? await resolve(bare) : [{ address: bare, family }];
  if (addresses.length === 0) throw new ProbeFailure('lookup', 'has a host name without an address');
  for (const { address } of addresses) {
    const why = whyRefused(address, rules);
    if (why !== undefined)
      throw new ProbeFailure('refused', `may not be asked: ${bare} leads to ${address}, which ${why}`);
  }
  return addresses;
}
