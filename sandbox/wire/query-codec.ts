import { type Codec, faultOf } from './codec.ts';
import { queryToRaw } from './query.ts';
import { decode, textFormat } from './shapes.ts';
import { escapeXml, xmlContent } from './xml.ts';

/** AWS Query: `Action` and flattened parameters in a form, answers in XML. */
export const queryCodec: Codec = {
  operationName: (_description, request) => parametersOf(request).get('Action') ?? '',
  decode: (_description, operation, request) =>
    decode(operation.input, queryToRaw(operation.input, parametersOf(request)), textFormat) ?? {},
  encode: (description, operation, output, requestId) => ({
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: Buffer.from(
      `<${operation.name}Response xmlns="${description.xmlNamespace}"><${operation.name}Result>${
        operation.output.isStructSchema() ? xmlContent(operation.output, output ?? {}) : ''
      }</${operation.name}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation.name}Response>`,
    ),
  }),
  error: (description, error, requestId) => ({
    status: error.status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: Buffer.from(
      `<ErrorResponse xmlns="${description?.xmlNamespace ?? ''}"><Error><Type>${faultOf(error)}</Type><Code>${
        description?.errorCode(error.code) ?? error.code
      }</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    ),
  }),
};

/** Parameters come in the form, or in the address of a GET. */
function parametersOf(request: { body: Buffer; query: URLSearchParams }): URLSearchParams {
  return request.body.length > 0 ? new URLSearchParams(request.body.toString('utf8')) : request.query;
}
