import type { DatabaseConnection } from '../../schemas/target.ts';
import { parseReference } from './secret-reference.ts';
import type { Release, ReleaseContainer } from './state.ts';

/** By which variables a task logs in to its database. */
export type FoundLogin =
  | { readonly kind: 'url'; readonly variables: readonly string[]; readonly declared: boolean }
  | { readonly kind: 'pair'; readonly user: string; readonly password: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** Fields as Secrets Manager names them for databases. */
const USER = 'username';
const PASSWORD = 'password';
const URL_NAME =
  /(^|_)(DATABASE|DB|POSTGRES|POSTGRESQL|PG)_(URL|URI|DSN)$|^(DATABASE|POSTGRES)_CONNECTION(_STRING)?$/;
/** More are not one login's. */
const MOST_URLS = 3;
const SAY = 'declare preflight.login: the variable with the URL, or those with user name and password';

/**
 * Finds the variables of the login to the database: the declared ones; or a pair that comes from one secret, that of the database
 * first; or those that are named like a URL of a database. Where there is a doubt nothing is tried.
 */
export function findLogin(
  { login, container: name, containers }: Pick<Release, 'login' | 'container' | 'containers'>,
  { secretArn }: Pick<DatabaseConnection, 'secretArn'>,
): FoundLogin {
  const container = containers.find((one) => one.name === name);
  if (container === undefined) return { kind: 'unknown', why: SAY };
  if (login !== undefined) return declared(login, container);
  const pairs = pairsOf(container);
  const own = pairs.find(({ arn }) => isSame(arn, secretArn));
  const chosen = own ?? (pairs.length === 1 ? pairs[0] : undefined);
  if (chosen !== undefined) return { kind: 'pair', user: chosen.user, password: chosen.password };
  const urls = namesOf(container).filter((variable) => URL_NAME.test(variable));
  if (pairs.length === 0 && urls.length > 0)
    return { kind: 'url', variables: urls.slice(0, MOST_URLS), declared: false };
  return {
    kind: 'unknown',
    why:
      pairs.length === 0
        ? `it is not plain by which variables; ${SAY}`
        : `several secrets have a user name and a password; ${SAY}`,
  };
}

function declared(login: NonNullable<Release['login']>, container: ReleaseContainer): FoundLogin {
  const names = namesOf(container);
  const wanted = 'url' in login ? [login.url] : [login.user, login.password];
  const missing = wanted.filter((variable) => !names.includes(variable));
  if (missing.length > 0)
    return { kind: 'unknown', why: `the declared ${missing.join(' and ')} is not among its variables` };
  return 'url' in login
    ? { kind: 'url', variables: [login.url], declared: true }
    : { kind: 'pair', ...login };
}

/** User name and password that come from one version of one secret. */
function pairsOf({ secrets }: ReleaseContainer): Array<{ arn: string; user: string; password: string }> {
  const fields = secrets.flatMap(({ name, valueFrom }) => {
    const reference = parseReference(valueFrom);
    return reference?.kind === 'secret' && reference.field !== undefined
      ? [{ name, ...reference, source: valueFrom.replace(`:${reference.field}:`, '::') }]
      : [];
  });
  return fields
    .filter(({ field }) => field === USER)
    .flatMap(({ source, arn, name: user }) => {
      const password = fields.find((other) => other.source === source && other.field === PASSWORD);
      return password === undefined ? [] : [{ arn, user, password: password.name }];
    });
}

const namesOf = ({ environment, secrets }: ReleaseContainer) => [
  ...environment,
  ...secrets.map(({ name }) => name),
];

/** One of them may be without the six random characters at its end. */
const isSame = (one: string, other: string) =>
  one === other || other.replace(/-\w{6}$/, '') === one || one.replace(/-\w{6}$/, '') === other;
