import { AwsError } from '../contract.ts';
import type { ApiDescription } from './operations.ts';

/** Families of AWS APIs that word the same refusal differently. */
export type Dialect = 'json' | 'rest-json' | 'query' | 'rest-xml';

/** Errors that no operation declares, by the name that JSON services give them. */
const codes: Readonly<Record<string, { query: string; s3: string; s3Status?: number }>> = {
  AccessDeniedException: { query: 'AccessDenied', s3: 'AccessDenied' },
  UnrecognizedClientException: { query: 'InvalidClientTokenId', s3: 'InvalidAccessKeyId' },
  InvalidSignatureException: { query: 'SignatureDoesNotMatch', s3: 'SignatureDoesNotMatch' },
  ThrottlingException: { query: 'Throttling', s3: 'SlowDown', s3Status: 503 },
  ValidationException: { query: 'ValidationError', s3: 'InvalidRequest' },
  SerializationException: { query: 'MalformedInput', s3: 'MalformedXML' },
  InternalFailure: { query: 'InternalFailure', s3: 'InternalError' },
  MissingAuthenticationToken: { query: 'MissingAuthenticationToken', s3: 'AccessDenied' },
};

/**
 * Gives an error the name under which the called service knows it: a denied call is `AccessDeniedException` for ECS,
 * `AccessDenied` for S3 and `AuthorizationError` for SNS.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
export function inDialect(error: AwsError, description: ApiDescription | undefined): AwsError {
  const known = codes[error.code];
  if (!description || !known || description.declares(error.code)) return error;
  if (error.code === 'AccessDeniedException' && description.declares('AuthorizationErrorException')) {
    return renamed(error, 'AuthorizationErrorException', error.status);
  }
  if (description.dialect === 'query') return renamed(error, known.query, error.status);
  if (description.dialect === 'rest-xml') return renamed(error, known.s3, known.s3Status ?? error.status);
  return error;
}

function renamed(error: AwsError, code: string, status: number): AwsError {
  return new AwsError(code, error.message, { status, members: error.members });
}
