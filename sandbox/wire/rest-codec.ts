import type { Codec } from './codec.ts';
import { jsonCodec } from './json-codec.ts';
import { matchOperation } from './match-operation.ts';
import { decodeRest, encodeRest } from './rest.ts';
import { escapeXml } from './xml.ts';

/** REST-JSON: path, query, headers and body by the operation's HTTP bindings. */
export const restJsonCodec: Codec = {
  ...restBindings('json'),
  error: (_description, error, requestId) => jsonCodec.error(undefined, error, requestId),
};

/** REST-XML, with S3's form of errors. */
export const restXmlCodec: Codec = {
  ...restBindings('xml'),
  error: (_description, error, requestId) => ({
    status: error.status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    body: Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${Object.entries({
        Code: error.code,
        Message: error.message,
        ...error.members,
        RequestId: requestId,
      })
        .map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`)
        .join('')}</Error>`,
    ),
  }),
};

function restBindings(format: 'json' | 'xml'): Omit<Codec, 'error'> {
  return {
    operationName: (description, request) => matchOperation(description, request).operation.name,
    decode: (description, operation, request) =>
      decodeRest(operation, matchOperation(description, request).labels, request, format),
    encode: (description, operation, output, requestId) => {
      const response = encodeRest(operation, output, format, description.xmlNamespace);
      return {
        ...response,
        headers: { ...response.headers, 'x-amzn-requestid': requestId, 'x-amz-request-id': requestId },
      };
    },
  };
}
