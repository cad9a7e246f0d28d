import { urlParts } from '../../schemas/preflight/url.ts';

/** `postgres`, `postgresql`, and as libraries extend them: `postgresql+asyncpg`, `jdbc:postgresql`. */
const POSTGRESQL = /^(jdbc:)?postgres(ql)?(\+\w+)?$/;

/** What a URL of a database says; none of it is ever shown. */
export interface LoginUrl {
  readonly user: string;
  readonly password: string;
  /** In lower case, without their ports. */
  readonly hosts: readonly string[];
  /** Empty where it names none. */
  readonly database: string;
}

/** The login in a URL of PostgreSQL, or why it cannot be tried. Values may be given as parameters too, as JDBC does. */
export function readLoginUrl(text: string): LoginUrl | { readonly problem: string } {
  const parts = urlParts(text);
  if (parts === undefined) return { problem: 'is no URL' };
  if (!POSTGRESQL.test(parts.scheme)) return { problem: 'is not a URL of PostgreSQL' };
  const [plainUser = '', ...rest] = parts.credentials.split(':');
  const [path = '', query = ''] = text.slice(text.indexOf('://') + 3).split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const user = decoded(plainUser) || (parameters.get('user') ?? '');
  const password = decoded(rest.join(':')) || (parameters.get('password') ?? '');
  if (user === '' || password === '') return { problem: 'has no user name and password in it' };
  return {
    user,
    password,
    hosts: parts.hosts.map((host) => host.toLowerCase().replace(/:\d+$/, '')),
    database: decoded(path.split('/')[1] ?? ''),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A % that stands for itself.
    return text;
  }
}
