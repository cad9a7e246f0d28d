import { cbor, tag } from '@smithy/core/cbor';
import type { Codec } from './codec.ts';
import { queryErrorHeader } from './codec.ts';
import { cborFormat, decode, encode } from './shapes.ts';

// biome-ignore lint/suspicious/noExplicitAny: wire values have no static type.
type Any = any;

/** CBOR's tag for a timestamp in epoch seconds. */
const EPOCH_TAG = 1;

/** Smithy RPC v2: `/service/NAME/operation/NAME`, everything in a CBOR body. */
export const cborCodec: Codec = {
  operationName: (_description, request) => request.path.split('/operation/')[1] ?? '',
  decode: (_description, operation, request) =>
    decode(
      operation.input,
      request.body.length === 0 ? {} : untag(cbor.deserialize(request.body)),
      cborFormat,
    ) ?? {},
  encode: (_description, operation, output, requestId) => ({
    status: 200,
    headers: headers(requestId),
    body: Buffer.from(cbor.serialize(tagDates(encode(operation.output, output ?? {}, cborFormat) ?? {}))),
  }),
  error: (description, error, requestId) => ({
    status: error.status,
    headers: { ...headers(requestId), ...queryErrorHeader(description, error) },
    body: Buffer.from(
      cbor.serialize({
        ...error.members,
        __type: `${description?.namespace ?? 'com.amazonaws'}#${error.code}`,
        message: error.message,
      }),
    ),
  }),
};

const headers = (requestId: string) => ({
  'content-type': 'application/cbor',
  'smithy-protocol': 'rpc-v2-cbor',
  'x-amzn-requestid': requestId,
});

function tagDates(value: Any): Any {
  if (value instanceof Date) return tag({ tag: EPOCH_TAG, value: value.getTime() / 1000 });
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(tagDates);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagDates(item)]));
}

function untag(value: Any): Any {
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) return value.map(untag);
  if ('tag' in value && 'value' in value && Object.keys(value).length === 2) {
    return value.tag === EPOCH_TAG ? new Date(Number(value.value) * 1000) : value.value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untag(item)]));
}
