import type { IncomingMessage } from 'node:http';
import { type Duplex, pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ProbeFailure } from './failure.ts';

const DECODERS = new Map<string, () => Duplex>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
]);

/**
 * The body of an answer as it was before it was compressed, in small pieces: a bomb is noticed by the reader's limit and not by memory.
 * One encoding is undone; two of them in a row have no use but to hide something.
 */
export function decoded(response: IncomingMessage): Readable {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return response;
  const decoder = DECODERS.get(encoding);
  if (decoder === undefined)
    throw new ProbeFailure(
      'protocol',
      `answered in an encoding that is not read: ${encoding.slice(0, 40)}`,
      response.statusCode,
    );
  // The reader of the result sees the error.
  return pipeline(response, decoder(), () => {});
}
