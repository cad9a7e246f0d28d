import { createHash, createHmac } from 'node:crypto';
import { AwsError } from '../contract.ts';

/** What a SigV4 `Authorization` header or a presigned address says. */
export interface Credential {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  /** Empty for long-term credentials. */
  readonly sessionToken: string;
  readonly presigned: boolean;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came over the wire. */
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/**
 * Reads who claims to have signed the request.
 *
 * @throws AwsError `MissingAuthenticationToken` for an unsigned request, `IncompleteSignature` for a malformed one.
 */
export function readCredential(request: SignedRequest): Credential {
  const header = request.headers.authorization;
  const query = new URLSearchParams(request.query);
  if (header === undefined && query.get('X-Amz-Algorithm') === null) {
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', {
      status: 403,
    });
  }
  const fields: Record<string, string | undefined> =
    header === undefined
      ? {
          Credential: query.get('X-Amz-Credential') ?? '',
          SignedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
          Signature: query.get('X-Amz-Signature') ?? '',
        }
      : readAuthorization(header);
  const [accessKeyId, date, region, service] = (fields.Credential ?? '').split('/');
  if (!accessKeyId || !date || !region || !service || !fields.SignedHeaders || !fields.Signature) {
    throw new AwsError(
      'IncompleteSignature',
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
      { status: 403 },
    );
  }
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: fields.SignedHeaders.split(';'),
    signature: fields.Signature,
    amzDate: request.headers['x-amz-date'] ?? query.get('X-Amz-Date') ?? '',
    sessionToken: request.headers['x-amz-security-token'] ?? query.get('X-Amz-Security-Token') ?? '',
    presigned: header === undefined,
  };
}

function readAuthorization(header: string): Record<string, string> {
  const parts = header.replace(/^AWS4-HMAC-SHA256\s+/, '').split(/,\s*/);
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const encodeRfc3986 = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
const byCodePoint = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0);

/**
 * Computes the signature that the request should carry.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function expectedSignature(
  request: SignedRequest,
  credential: Credential,
  secretAccessKey: string,
): string {
  // S3 signs the path as sent; every other service signs it encoded once more.
  const path =
    credential.service === 's3' ? request.path : request.path.split('/').map(encodeRfc3986).join('/');
  const query = [...new URLSearchParams(request.query)]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort((left, right) => byCodePoint(left[0], right[0]) || byCodePoint(left[1], right[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = credential.signedHeaders
    .map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`)
    .join('');
  const payloadHash =
    request.headers['x-amz-content-sha256'] ??
    (credential.presigned && credential.service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256(request.body));
  const canonical = [
    request.method,
    path,
    query,
    headers,
    credential.signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
  const scope = `${credential.date}/${credential.region}/${credential.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', credential.amzDate, scope, sha256(canonical)].join('\n');
  let key = hmac(`AWS4${secretAccessKey}`, credential.date);
  for (const part of [credential.region, credential.service, 'aws4_request']) key = hmac(key, part);
  return hmac(key, text).toString('hex');
}
