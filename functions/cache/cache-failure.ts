import { PreconditionFailed, type RunbookError, Transient } from '../errors.ts';

/** The certificate leads to no authority that we know (OpenSSL's verification errors as Node names them). */
const UNKNOWN_AUTHORITY = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** What a server answers an AUTH with that it refuses. */
const REFUSED = 'WRONGPASS';

/** What happened, as the end of a sentence about it, and what a person does where that is not plain. */
type Failure = readonly [what: string, next?: string];

/** What waiting does not mend; `it` is the cache. */
const LASTING: Readonly<Record<string, Failure>> = {
  [REFUSED]: ['refused the token'],
  NOAUTH: ['wants a token before this'],
  NOPERM: ['does not let this user do that'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'shows a certificate for another name',
    'Connect by the name of its endpoint.',
  ],
  CERT_HAS_EXPIRED: ['shows a certificate that has expired'],
  CERT_NOT_YET_VALID: ['shows a certificate that is not valid yet', 'Compare the clocks.'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['does not speak TLS', 'Turn on its encryption in transit.'],
  EPROTO: ['does not speak TLS', 'Turn on its encryption in transit.'],
};

/** What may pass by itself. */
const PASSING: Readonly<Record<string, Failure>> = {
  ENOTFOUND: ['has a host name that is not known (yet)'],
  EAI_AGAIN: ['has a host name that could not be looked up just now'],
  ECONNREFUSED: ['takes no connection on this port: it does not run, or not here'],
  ECONNRESET: ['broke the connection off'],
  EPIPE: ['broke the connection off'],
  EHOSTUNREACH: ['cannot be reached from here', 'Look at routes and security groups.'],
  ENETUNREACH: ['cannot be reached from here', 'Look at routes and security groups.'],
  ETIMEDOUT: ['cannot be reached from here', 'Look at routes and security groups.'],
  LOADING: ['is loading its data'],
  BUSY: ['is busy with a script'],
  MASTERDOWN: ['has lost its primary node'],
  TRYAGAIN: ['is moving data between its nodes'],
  CLUSTERDOWN: ['has lost some of its nodes'],
};

/**
 * Says why a cache was not connected to, or did not do what it was told. Its facts tell the same without the address, as `found`, and
 * what a person can do, as `next`. Nothing of what was sent or answered is part of it but the
 * first word of the server's error: Redis quotes arguments, and a token is one.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
export function cacheFailure(
  error: unknown,
  address: string,
  { command, timeoutMilliseconds }: { readonly command?: string; readonly timeoutMilliseconds: number },
): RunbookError {
  const { name, message = '', code: given } = error as { name?: string; message?: string; code?: string };
  const code = name === 'ReplyError' ? replyCode(message) : given;
  const told = (what: string, next?: string): [string, Readonly<Record<string, unknown>>] => {
    const asked = command === undefined ? '' : ` when it was sent ${command}`;
    const happened = `${what}${code ? ` (${code})` : ''}${asked}`;
    const unsent = command === undefined ? 'No token was sent.' : undefined;
    return [
      [`The cache ${address} ${happened}.`, unsent, next].filter(Boolean).join(' '),
      {
        address,
        found: `the cache ${happened}`,
        ...(next === undefined ? {} : { next }),
        ...(command === undefined ? {} : { command }),
        ...(code ? { code } : {}),
      },
    ];
  };
  if (/timed out|ETIMEDOUT/i.test(message))
    return new Transient(
      ...told(`did not answer within ${timeoutMilliseconds} ms`, 'Look at routes and security groups.'),
    );
  if (code !== undefined && UNKNOWN_AUTHORITY.has(code))
    return new PreconditionFailed(
      ...told(
        'shows a certificate that no authority known here has signed: it is not the cache that it should be',
      ),
    );
  if (code === 'NOTOKEN')
    return new PreconditionFailed(
      ...told('asks for no token, so that none can be proved', 'Turn on its AUTH.'),
    );
  const lasting = LASTING[code ?? ''];
  if (lasting !== undefined) return new PreconditionFailed(...told(...lasting));
  const passing: Failure | undefined = code === undefined ? ['broke the connection off'] : PASSING[code];
  if (passing !== undefined) return new Transient(...told(...passing));
  return new PreconditionFailed(...told('answered with an error'));
}

/** Whether the cache was there, and did not take the token. */
export const isTokenRefused = (error: unknown): boolean =>
  error instanceof PreconditionFailed && error.facts.code === REFUSED;

/** The word that says what kind of error it is; servers before version 6 have none for a wrong token. */
function replyCode(message: string): string {
  if (/^ERR invalid password/i.test(message)) return REFUSED;
  if (/without any password configured|no password is set/i.test(message)) return 'NOTOKEN';
  if (/^ERR max number of clients/i.test(message)) return 'TRYAGAIN';
  return /^[A-Z]+\b/.exec(message)?.[0] ?? 'ERR';
}
