/** Scheme, credentials, hosts, rest: `postgres://user@one:5432,two:5432/app` and `jdbc:postgresql://one/app` are URLs too. */
const PARTS = /^([a-z][a-z0-9+.-]*(?::[a-z][a-z0-9+.-]*)*):\/\/((?:[^/?#\s]*@)?)([^/?#\s]*)(\S*)$/i;

/** The parts of a URL that rules ask about, or undefined for what is none. */
export interface UrlParts {
  /** In lower case, without `://`. */
  readonly scheme: string;
  /** Still encoded, without the `@`. */
  readonly credentials: string;
  /** With their ports: clients of PostgreSQL, MongoDB and Kafka take several. */
  readonly hosts: readonly string[];
}

export function urlParts(value: string): UrlParts | undefined {
  const match = PARTS.exec(value);
  if (!match) return undefined;
  const [, scheme = '', credentials = '', authority = '', rest = ''] = match;
  const hosts = authority.split(',');
  // One host at a time is what the platform's own parser knows.
  if (!hosts.every((host) => URL.canParse(`${scheme}://${credentials}${host}${rest}`))) return undefined;
  return { scheme: scheme.toLowerCase(), credentials: credentials.slice(0, -1), hosts };
}

export const isUrl = (value: string): boolean => urlParts(value) !== undefined;
