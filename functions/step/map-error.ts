import { NeedsHuman, RunbookError, Transient } from '../errors.ts';
import { redact } from './redact.ts';

/** Error names and codes with which AWS, Node.js and PostgreSQL say "not now". */
const TRANSIENT = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'TransactionInProgressException',
  'PriorRequestNotComplete',
  'BandwidthLimitExceeded',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalServerError',
  'InternalServerException',
  'InternalFailure',
  'InternalServiceError',
  'InternalError',
  'ServerException',
  'SlowDown',
  'TimeoutError',
  'AbortError',
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'EAI_AGAIN',
]);
const DENIED = /^(AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|KMSAccessDenied)/;

interface AwsLikeError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** Set by the SDK on errors that its model calls retryable. */
  readonly $retryable?: object;
}

/** Turns whatever was thrown into an error that the runbook's Retry and Catch understand, without secrets in it. */
export function mapError(thrown: unknown, step: string): Error {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as AwsLikeError;
  const message = redact(error.message);
  if (error instanceof RunbookError) {
    error.message = message;
    return error;
  }
  if (isTransient(error))
    return new Transient(
      `${step} met a passing failure (${error.name}: ${message || error.code}). It is tried again.`,
      { cause: error.code ?? error.name },
    );
  if (DENIED.test(error.name))
    return new NeedsHuman(
      `${step} lacks a permission: ${message}. Nothing was changed by this call. Grant the permission (is the stack up to date?) and start the runbook again.`,
      { cause: error.name },
    );
  const kept = new Error(message);
  kept.name = error.name;
  kept.stack = error.stack ?? '';
  return kept;
}

/** Whether the same call may well succeed in a moment. */
export function isTransient(thrown: unknown): boolean {
  const error = thrown as AwsLikeError;
  const status = error.$metadata?.httpStatusCode ?? 0;
  return (
    TRANSIENT.has(error.name) ||
    TRANSIENT.has(error.code ?? '') ||
    error.$retryable !== undefined ||
    status >= 500 ||
    status === 429
  );
}
