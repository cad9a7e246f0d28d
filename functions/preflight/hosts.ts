import { urlParts } from '../../schemas/preflight/url.ts';

/** `host=db.example.com port=5432`, as libpq takes it. */
const KEYWORDS = /(?:^|\s)host(?:addr)?\s*=\s*(\S+)/g;
const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[^:/\s]+|[0-9a-f]*::[0-9a-f:.]*)(?::\d+)?$/i;

/** Hosts that a value points to, in lower case: of a URL, of a connection string, or of a list of `host:port`. */
export function hostsIn(value: string): string[] {
  const parts = urlParts(value);
  const keywords = [...value.matchAll(KEYWORDS)].flatMap(([, host = '']) => host.split(','));
  const found =
    parts?.hosts ?? (keywords.length > 0 ? keywords : value.split(',').map((host) => host.trim()));
  return found
    .filter((host) => HOST_AND_PORT.test(host))
    .map((host) =>
      // The root of all names may be written.
      withoutPort(host.toLowerCase()).replace(/\.$/, ''),
    );
}

function withoutPort(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  // An IPv6 address has several colons; its last part is no port.
  return host.split(':').length > 2 ? host : host.replace(/:\d+$/, '');
}

/** Whether a host is the machine itself. 0.0.0.0 is not: a server that listens there is reached from elsewhere. */
export function isLocalHost(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    /^(?:0{0,4}:){2,7}0{0,3}1$/.test(host) ||
    /^::ffff:127(?:\.\d{1,3}){3}$/.test(host)
  );
}
