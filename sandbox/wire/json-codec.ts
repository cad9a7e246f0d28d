import type { Codec } from './codec.ts';
import { queryErrorHeader } from './codec.ts';
import { parseJson } from './rest.ts';
import { decode, encode, jsonFormat } from './shapes.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** AWS JSON 1.0 and 1.1: `X-Amz-Target: Prefix.Operation`, everything in the body. */
export const jsonCodec: Codec = {
  operationName: (_description, request) => (request.headers['x-amz-target'] ?? '').split('.').at(-1) ?? '',
  decode: (_description, operation, request) =>
    decode(operation.input, parseJson(request.body.toString('utf8')), jsonFormat) ?? {},
  encode: (_description, operation, output, requestId) => ({
    status: 200,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': requestId },
    body: Buffer.from(JSON.stringify(encode(operation.output, output ?? {}, jsonFormat) ?? {})),
  }),
  error: (description, error, requestId) => ({
    status: error.status,
    headers: {
      'content-type': CONTENT_TYPE,
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': error.code,
      ...queryErrorHeader(description, error),
    },
    body: Buffer.from(JSON.stringify({ ...error.members, __type: error.code, message: error.message })),
  }),
};
