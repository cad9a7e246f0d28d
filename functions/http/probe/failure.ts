/** Why a probe got no answer. */
export type FailureKind =
  /** A guard said no, and nothing was sent there. */
  | 'refused'
  /** This side could not ask: no route, no name server, or the asking was called off. */
  | 'not asked'
  | 'lookup'
  | 'connection'
  /** There was a connection, and the other side ended it. */
  | 'reset'
  | 'timeout'
  | 'certificate'
  | 'redirects'
  /** It goes on beyond what is read. */
  | 'too large'
  | 'protocol';

/** A probe that got no answer, or not a whole one. The message is the end of a sentence about what was asked. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  readonly kind: FailureKind;
  /** The status, where the answer broke off after it. */
  readonly status: number | undefined;
  constructor(kind: FailureKind, message: string, status?: number) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

const WORDS: Readonly<Record<string, readonly [FailureKind, string]>> = {
  ENOTFOUND: ['lookup', 'has a host name that is not known'],
  ENODATA: ['lookup', 'has a host name without an address'],
  EAI_AGAIN: ['not asked', 'has a host name that could not be looked up just now'],
  ENETUNREACH: ['not asked', 'cannot be reached from here'],
  ECONNREFUSED: ['connection', 'could not be reached: nothing listens there'],
  EHOSTUNREACH: ['connection', 'could not be reached'],
  ETIMEDOUT: ['timeout', 'could not be reached in time'],
  ECONNRESET: ['reset', 'could not be reached: it broke the connection off'],
  EPIPE: ['reset', 'could not be reached: it broke the connection off'],
  ERR_STREAM_PREMATURE_CLOSE: ['reset', 'broke the connection off in the middle of its answer'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['certificate', 'shows a certificate for another name'],
  CERT_HAS_EXPIRED: ['certificate', 'shows a certificate that has expired'],
  CERT_NOT_YET_VALID: ['certificate', 'shows a certificate that is not valid yet'],
  SELF_SIGNED_CERT_IN_CHAIN: ['certificate', 'shows a certificate of an unknown authority'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['certificate', 'shows a certificate that it signed itself'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['certificate', 'shows a certificate of an unknown authority'],
  UNABLE_TO_GET_ISSUER_CERT: ['certificate', 'shows a certificate of an unknown authority'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['certificate', 'shows a certificate of an unknown authority'],
  CERT_SIGNATURE_FAILURE: ['certificate', 'shows a certificate with a broken signature'],
  CERT_REVOKED: ['certificate', 'shows a certificate that was revoked'],
  EPROTO: ['protocol', 'does not speak TLS as it should'],
  HPE_HEADER_OVERFLOW: ['protocol', 'answered with headers that are too long'],
  ERR_INVALID_CHAR: ['refused', 'was to be asked with a header that cannot be sent'],
};

/** What a code of Node's or OpenSSL's means, in words; undefined when it has none here. */
export function wordsFor(code: string | undefined): string | undefined {
  return WORDS[code ?? '']?.[1];
}

/** Turns any error of a connection into a failure with words of our own; what the other side sent is not repeated. */
export function toFailure(error: unknown, status?: number): ProbeFailure {
  if (error instanceof ProbeFailure)
    return status === undefined ? error : new ProbeFailure(error.kind, error.message, status);
  const { code } = error as { code?: string };
  if (status !== undefined && code === 'ECONNRESET')
    return new ProbeFailure(
      'reset',
      'broke the connection off in the middle of its answer (ECONNRESET)',
      status,
    );
  // Node's decompression says Z_DATA_ERROR, ERR_… and ZSTD_error_…; all of them begin after the status has come.
  const [kind, words] =
    WORDS[code ?? ''] ??
    (code?.startsWith('HPE_') || status !== undefined
      ? (['protocol', 'answered something that cannot be read'] as const)
      : (['connection', 'could not be reached'] as const));
  return new ProbeFailure(kind, code === undefined ? words : `${words} (${code})`, status);
}

/** What it says about the other side: what a guard forbade, or this side could not do or would not read, says nothing. */
export function verdictOf({ kind }: ProbeFailure): 'fail' | 'unknown' {
  return kind === 'refused' || kind === 'not asked' || kind === 'too large' ? 'unknown' : 'fail';
}
