import { cborCodec } from './cbor-codec.ts';
import type { Codec } from './codec.ts';
import type { RestRequest } from './http-message.ts';
import { jsonCodec } from './json-codec.ts';
import type { ApiDescription } from './operations.ts';
import { queryCodec } from './query-codec.ts';
import { restJsonCodec, restXmlCodec } from './rest-codec.ts';

/** Recognises the protocol of a request: clients of different languages choose different ones for the same service. */
export function codecFor(description: ApiDescription | undefined, request: RestRequest): Codec {
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') return cborCodec;
  if (request.headers['x-amz-target'] !== undefined) return jsonCodec;
  if (description?.dialect === 'rest-xml') return restXmlCodec;
  if (description?.dialect === 'rest-json') return restJsonCodec;
  const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return form || description?.dialect === 'query' ? queryCodec : jsonCodec;
}
