import { isIP } from 'node:net';
import { whyRefused } from './address-rules.ts';

/**
 * Why a probe may not go to an address, as the end of a sentence, or undefined when it may. A host is declared as `name`, which means
 * the usual port of the scheme, or as `name:port`: beside a service there may be things on other ports that it hides.
 */
export function whyUndeclared(url: URL, hosts: readonly string[]): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `has the scheme ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'carries a user name or password';
  if (!hosts.some((host) => hostOf(url.protocol, host) === url.host))
    return `leads to ${url.host}, which is not declared`;
  return undefined;
}

/** Whether a host names this very machine, as a sandbox's does; a name that merely resolves to it does not. */
export function namesLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  return isIP(bare) !== 0 && whyRefused(bare, { allowLoopback: false }) === 'is loopback';
}

function hostOf(protocol: string, host: string): string | undefined {
  const url = URL.parse(`${protocol}//${host}`);
  // Anything beside host and port would be a mistake in the declaration.
  return url !== null && url.pathname === '/' && url.username === '' ? url.host : undefined;
}
