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

/** What happened, as the end of a sentence about it, and what a person does where that is not plain. */
type Failure = readonly [what: string, next?: string];

/** What waiting does not mend; `it` is the database. */
const LASTING: Readonly<Record<string, Failure>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'shows a certificate for another name',
    'Connect by the name of its endpoint.',
  ],
  CERT_HAS_EXPIRED: ['shows a certificate that has expired', 'Rotate the certificate of the instance.'],
  CERT_NOT_YET_VALID: ['shows a certificate that is not valid yet', 'Compare the clocks.'],
  '28P01': ['refused the user name or password', 'Compare the secret with the role.'],
  '28000': ['does not let this user in', 'Look at its login right and at who may connect.'],
  '3D000': ['has no database of this name'],
  '42501': ['does not let this user connect to this database', 'Grant CONNECT.'],
  '08P01': [
    'did not take the settings of the session, as a connection pooler does',
    'Use the endpoint of the instance.',
  ],
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
  '53300': ['has no connection left'],
  '57P01': ['is shutting down'],
  '57P02': ['is recovering from a crash'],
  '57P03': ['is starting up or shutting down'],
};

/**
 * Says why a connection was not made, without anything of the login but its address. Its facts tell the same without the address, as
 * `found`, and what a person can do, as `next`.
 *
 * @param timeoutMilliseconds after which the attempt was given up
 * @param accepted something took the connection, and then did not greet
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function connectFailure(
  error: unknown,
  address: string,
  timeoutMilliseconds: number,
  accepted = false,
): RunbookError {
  const { code, message } = error as { code?: string; message?: string };
  const told = (what: string, next?: string): [string, Readonly<Record<string, unknown>>] => {
    const happened = `${what}${code === undefined ? '' : ` (${code})`}`;
    return [
      [`The database ${address} ${happened}. No statement was sent.`, next].filter(Boolean).join(' '),
      {
        address,
        found: `the database ${happened}`,
        ...(next === undefined ? {} : { next }),
        ...(code === undefined ? {} : { code }),
      },
    ];
  };
  if (message === 'timeout expired')
    return new Transient(
      ...(accepted
        ? told(
            `took the connection and then did not answer within ${timeoutMilliseconds} ms: it hangs, or is no PostgreSQL`,
          )
        : told(`did not answer within ${timeoutMilliseconds} ms`, 'Look at routes and security groups.')),
    );
  if (message === 'The server does not support SSL connections')
    return new PreconditionFailed(...told('does not offer TLS, and without it nothing is sent'));
  if (code !== undefined && UNKNOWN_AUTHORITY.has(code))
    return new PreconditionFailed(
      ...told(
        'shows a certificate that no authority of RDS has signed: it is not the database that it should be, or its authority is newer than this function',
      ),
    );
  const passing: Failure | undefined = code === undefined ? ['broke the connection off'] : PASSING[code];
  if (passing !== undefined) return new Transient(...told(...passing));
  return new PreconditionFailed(
    ...told(
      ...(LASTING[code ?? ''] ?? ['could not be connected to, for a reason that has no words here yet']),
    ),
  );
}
