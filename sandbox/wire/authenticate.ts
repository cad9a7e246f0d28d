import { createHash, timingSafeEqual } from 'node:crypto';
import { AwsError, type Caller } from '../contract.ts';
import { type Credential, expectedSignature, type SignedRequest } from './signature.ts';

/** Whose secret signs, and whom the signature names. */
export interface Signer {
  readonly secretAccessKey: string;
  /** Temporary credentials are only valid together with their token. */
  readonly sessionToken?: string;
  readonly caller: Caller;
}
export type FindSigner = (accessKeyId: string) => Signer | undefined;

/**
 * Finds out who signed a request. The time of the signature is not compared: a sped-up sandbox runs ahead of its clients.
 *
 * @throws AwsError `UnrecognizedClientException`, `InvalidSignatureException` or `XAmzContentSHA256Mismatch`, all 403 or 400
 */
export function authenticate(request: SignedRequest, credential: Credential, findSigner: FindSigner): Caller {
  const signer = findSigner(credential.accessKeyId);
  if (!signer || (signer.sessionToken ?? '') !== credential.sessionToken) {
    throw new AwsError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      {
        status: 403,
      },
    );
  }
  const expected = expectedSignature(request, credential, signer.secretAccessKey);
  if (!equalText(expected, credential.signature)) {
    throw new AwsError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      { status: 403 },
    );
  }
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed !== undefined && /^[0-9a-f]{64}$/.test(claimed) && claimed !== sha256(request.body)) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  return signer.caller;
}

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

function equalText(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
