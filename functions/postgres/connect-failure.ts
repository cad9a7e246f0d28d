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

/** What waiting does not mend; `it` is the database. */
const LASTING: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate for another name: connect by the name of its endpoint',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired: rotate the certificate of the instance',
  CERT_NOT_YET_VALID: 'shows a certificate that is not valid yet: compare the clocks',
  '28P01': 'refused the user name or password: compare the secret with the role',
  '28000': 'does not let this user in: look at its login right and at who may connect',
  '3D000': 'has no database of this name',
  '42501': 'does not let this user connect to this database: grant CONNECT',
  '08P01':
    'did not take the settings of the session, as a connection pooler does: use the endpoint of the instance',
};

/** What may pass by itself. */
const PASSING: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has a host name that is not known (yet)',
  EAI_AGAIN: 'has a host name that could not be looked up just now',
  ECONNREFUSED: 'takes no connection on this port: it does not run, or not here',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  EHOSTUNREACH: 'cannot be reached from here: look at routes and security groups',
  ENETUNREACH: 'cannot be reached from here: look at routes and security groups',
  ETIMEDOUT: 'cannot be reached from here: look at routes and security groups',
  '53300': 'has no connection left',
  '57P01': 'is shutting down',
  '57P02': 'is recovering from a crash',
  '57P03': 'is starting up or shutting down',
};

/**
 * Says why a connection was not made, without anything of the login but its address.
 *
 * @param timeoutMilliseconds after which the attempt was given up
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function connectFailure(error: unknown, address: string, timeoutMilliseconds: number): RunbookError {
  const { code, message } = error as { code?: string; message?: string };
  const facts = { address, ...(code === undefined ? {} : { code }) };
  const sentence = (what: string) =>
    `The database ${address} ${what}${code === undefined ? '' : ` (${code})`}. No statement was sent.`;
  if (message === 'timeout expired')
    return new Transient(
      sentence(`did not answer within ${timeoutMilliseconds} ms: look at routes and security groups`),
      facts,
    );
  if (message === 'The server does not support SSL connections')
    return new PreconditionFailed(sentence('does not offer TLS, and without it nothing is sent'), facts);
  if (code !== undefined && UNKNOWN_AUTHORITY.has(code))
    return new PreconditionFailed(
      sentence(
        'shows a certificate that no authority of RDS has signed: it is not the database that it should be, or its authority is newer than this function',
      ),
      facts,
    );
  const passing = code === undefined ? 'broke the connection off' : PASSING[code];
  if (passing !== undefined) return new Transient(sentence(passing), facts);
  return new PreconditionFailed(
    sentence(LASTING[code ?? ''] ?? 'could not be connected to, for a reason that has no words here yet'),
    facts,
  );
}
