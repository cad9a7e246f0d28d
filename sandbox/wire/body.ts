import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { AwsError } from '../contract.ts';

/** Longest body that the wire takes, in bytes: far above what any API of the sandbox accepts, far below its memory. */
const LONGEST_BODY_BYTES = 128 * 1024 * 1024;

/**
 * Reads a request's whole body.
 *
 * @throws AwsError `RequestEntityTooLarge`
 */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > LONGEST_BODY_BYTES) {
      throw new AwsError('RequestEntityTooLarge', `The body is longer than ${LONGEST_BODY_BYTES} bytes.`, {
        status: 413,
      });
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/**
 * Undoes content encodings: gzip, and the chunks in which S3 clients sign streams.
 *
 * @throws AwsError `SerializationException` when the body is not what its headers say
 */
export function plainBody(headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const encodings = (headers['content-encoding'] ?? '').split(/\s*,\s*/);
  const chunked =
    encodings.includes('aws-chunked') || (headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const whole = chunked ? joinChunks(body) : body;
  if (!encodings.includes('gzip')) return whole;
  try {
    return gunzipSync(whole, { maxOutputLength: LONGEST_BODY_BYTES });
  } catch {
    throw new AwsError('SerializationException', 'The body is not gzip, as its Content-Encoding says.');
  }
}

/**
 * Joins `LENGTH;chunk-signature=…\r\nDATA\r\n…0\r\ntrailers`. Signatures of single chunks are not checked.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
function joinChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const length = end < 0 ? Number.NaN : Number.parseInt(body.toString('latin1', at, end), 16);
    if (length === 0) return Buffer.concat(parts);
    const start = end + 2;
    if (!(length > 0) || start + length > body.length) {
      throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly.');
    }
    parts.push(body.subarray(start, start + length));
    at = start + length + 2;
  }
}
