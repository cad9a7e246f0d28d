const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);
const NOT_ACCEPTED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const SIGN_IN =
  'Sign in (aws sso login), say --profile NAME, or paste the export lines that nightshift sandbox printed.';

/** What an operator can do about an error; its own words where nothing better is known. */
export function explainError(
  error: Error & { code?: string; errors?: readonly Error[] },
  endpoint = process.env.AWS_ENDPOINT_URL,
): string {
  // A name with several addresses fails with one error for each, and no words of its own.
  const message = (error.message || error.errors?.[0]?.message || error.code || error.name).replace(
    /\.$/,
    '',
  );
  if (UNREACHABLE.has(error.code ?? '') || error.name === 'TimeoutError')
    return endpoint
      ? `Nothing answers at ${endpoint}: ${message}. Is the sandbox that AWS_ENDPOINT_URL names still running? For an AWS account, unset AWS_ENDPOINT_URL.`
      : `AWS cannot be reached: ${message}. Is this machine online, and is the region's name right?`;
  if (error.name === 'CredentialsProviderError')
    return `There are no AWS credentials: ${message}. ${SIGN_IN}`;
  if (NOT_ACCEPTED.has(error.name)) return `AWS does not accept these credentials: ${message}. ${SIGN_IN}`;
  if (/^Region (is missing|not accepted: region="")/.test(message))
    return 'No AWS region is set. Say --region NAME, or set AWS_REGION.';
  return error.message || message;
}
