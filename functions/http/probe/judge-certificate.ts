import type { Judgement } from '../../../schemas/finding.ts';
import { ProbeFailure, wordsFor } from './failure.ts';

/** What a host showed when it was greeted. */
export interface Certificate {
  readonly validFrom: Date;
  readonly expiresAt: Date;
  /** Code of what is wrong with it, as OpenSSL and Node name it. */
  readonly problem: string | undefined;
}

export interface CertificateLimits {
  readonly warnDays: number;
  readonly failDays: number;
}

/** Authorities renew a month before the end: two weeks before it nobody did; three days are the last chance. */
export const CERTIFICATE_LIMITS: CertificateLimits = { warnDays: 14, failDays: 3 };

const DAY_MILLISECONDS = 86_400_000;
/** Told better by the dates. */
const TOLD_BY_DATES = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const UNKNOWN_AUTHORITY = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/**
 * Judges a certificate. Only the host's own counts for the days left: authorities send old certificates of their own along, which
 * expire without anybody's harm.
 */
export function judgeCertificate(
  found: Certificate | ProbeFailure,
  { warnDays, failDays }: CertificateLimits,
  now: Date,
): Judgement {
  const expected = `a trusted certificate for this name, with more than ${warnDays} days left`;
  if (found instanceof ProbeFailure) return { verdict: 'unknown', observed: found.message, expected };
  const { validFrom, expiresAt, problem } = found;
  if (Number.isNaN(validFrom.getTime()) || Number.isNaN(expiresAt.getTime()))
    return { verdict: 'unknown', observed: 'it shows no certificate whose dates can be read', expected };
  const days = (expiresAt.getTime() - now.getTime()) / DAY_MILLISECONDS;
  const until = `until ${expiresAt.toISOString()}`;
  const left = `${Math.floor(days)} days left, ${until}`;
  if (!(days > 0)) return { verdict: 'fail', observed: `it has expired, valid ${until}`, expected };
  if (validFrom > now)
    return { verdict: 'fail', observed: `it is not valid before ${validFrom.toISOString()}`, expected };
  if (problem !== undefined && !TOLD_BY_DATES.has(problem))
    return {
      verdict: 'fail',
      observed: `it ${wordsFor(problem) ?? 'shows a certificate that is not trusted'} (${problem})${hintFor(problem)}; ${left}`,
      expected,
    };
  const verdict = days <= failDays ? 'fail' : days <= warnDays ? 'warn' : 'pass';
  return { verdict, observed: left, expected };
}

/** A service within a company may well have one of an authority of its own. */
function hintFor(problem: string): string {
  return UNKNOWN_AUTHORITY.has(problem)
    ? ', or one of your own that this function was not told of (NODE_EXTRA_CA_CERTS)'
    : '';
}
