import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../contract.ts';
import type { RestRequest, RestResponse } from './http-message.ts';
import type { OperationSchema } from './operations.ts';
import {
  decode,
  encode,
  jsonFormat,
  jsonName,
  missingMembers,
  requiredMembers,
  textFormat,
  unknownMembers,
} from './shapes.ts';
import { toXml, xmlToRaw } from './xml.ts';

// biome-ignore lint/suspicious/noExplicitAny: wire values have no static type.
type Any = any;

/**
 * Decodes labels, query, headers and body of a REST request.
 *
 * @throws AwsError `ValidationException` or `SerializationException` with the member's path
 */
export function decodeRest(
  operation: OperationSchema,
  labels: Record<string, string>,
  request: RestRequest,
  bodyFormat: 'json' | 'xml',
): Any {
  const result: Any = {};
  const bodyMembers = new Map<string, NormalizedSchema>();
  for (const [name, member] of operation.input.structIterator()) {
    const { httpPayload } = member.getMergedTraits();
    const bound = readBound(member, labels, request);
    if (httpPayload) {
      const value = decodePayload(member, request.body, bodyFormat);
      if (value !== undefined) result[name] = value;
    } else if (bound === 'body') bodyMembers.set(name, member);
    else if (bound !== undefined) result[name] = decode(member, bound, textFormat, name);
  }
  if (bodyMembers.size > 0 && request.body.length > 0) {
    Object.assign(result, decodeMembers(operation.input, bodyMembers, request.body, bodyFormat));
  }
  const missing = requiredMembers(operation.input).filter((name) => result[name] === undefined);
  if (missing.length > 0) throw missingMembers('', missing);
  return result;
}

/** What path, query or headers say of a member; `body` when it is bound to none of them. */
function readBound(
  member: NormalizedSchema,
  labels: Record<string, string>,
  request: RestRequest,
  name = member.getMemberName(),
): Any {
  const traits = member.getMergedTraits() as Any;
  if (traits.httpLabel) return labels[name];
  if (traits.httpQuery) {
    const values = request.query.getAll(traits.httpQuery);
    if (values.length === 0) return undefined;
    return member.isListSchema() ? values : values[0];
  }
  if (traits.httpHeader) {
    const text = request.headers[traits.httpHeader.toLowerCase()];
    return text !== undefined && member.isListSchema() ? text.split(/\s*,\s*/) : text;
  }
  if (traits.httpPrefixHeaders) {
    const prefix: string = traits.httpPrefixHeaders.toLowerCase();
    const entries = Object.entries(request.headers).filter(([header]) => header.startsWith(prefix));
    if (entries.length === 0) return undefined;
    return Object.fromEntries(entries.map(([header, value]) => [header.slice(prefix.length), value]));
  }
  return 'body';
}

function decodePayload(member: NormalizedSchema, body: Buffer, format: 'json' | 'xml'): Any {
  if (member.isBlobSchema() || member.isStreaming()) return new Uint8Array(body);
  if (body.length === 0) return undefined;
  const text = body.toString('utf8');
  if (member.isStringSchema()) return text;
  return format === 'json'
    ? decode(member, parseJson(text), jsonFormat)
    : decode(member, xmlToRaw(member, text), textFormat);
}

/** Reads those members of the input that stand in its body. */
function decodeMembers(
  input: NormalizedSchema,
  members: ReadonlyMap<string, NormalizedSchema>,
  body: Buffer,
  format: 'json' | 'xml',
): Any {
  const text = body.toString('utf8');
  const parsed = format === 'json' ? parseJson(text) : xmlToRaw(input, text);
  const result: Any = {};
  const left = new Set(Object.keys(parsed));
  for (const [name, member] of members) {
    const wireName = format === 'json' ? jsonName(name, member) : name;
    left.delete(wireName);
    const value = decode(member, parsed[wireName], format === 'json' ? jsonFormat : textFormat, name);
    if (value !== undefined) result[name] = value;
  }
  if (left.size > 0) throw unknownMembers('', [...left], [...members.keys()]);
  return result;
}

/**
 * Parses a JSON body.
 *
 * @throws AwsError `SerializationException` when it is no JSON object
 */
export function parseJson(text: string): Any {
  try {
    const parsed = JSON.parse(text === '' ? '{}' : text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Answered below.
  }
  throw new AwsError('SerializationException', 'The body is not a JSON object.');
}

/** Writes an output into headers, status and body. */
export function encodeRest(
  operation: OperationSchema,
  output: Any,
  bodyFormat: 'json' | 'xml',
  xmlNamespace: string,
): RestResponse {
  const headers: Record<string, string> = {};
  let status = operation.http?.[2] ?? 200;
  let payload: Buffer | undefined;
  const bodyOutput: Any = { ...output };
  const members = operation.output.isStructSchema() ? [...operation.output.structIterator()] : [];
  for (const [name, member] of members) {
    const traits = member.getMergedTraits() as Any;
    const value = output?.[name];
    const bound =
      traits.httpHeader ?? traits.httpPrefixHeaders ?? traits.httpResponseCode ?? traits.httpPayload;
    if (bound === undefined || value === undefined) continue;
    delete bodyOutput[name];
    if (traits.httpHeader) headers[traits.httpHeader.toLowerCase()] = headerText(value);
    else if (traits.httpPrefixHeaders) {
      for (const [key, item] of Object.entries(value)) {
        headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = String(item);
      }
    } else if (traits.httpResponseCode) status = value;
    else payload = encodePayload(member, value, traits.xmlName ?? name, bodyFormat, xmlNamespace);
  }
  if (payload !== undefined || members.some(([, member]) => member.getMergedTraits().httpPayload)) {
    return { status, headers, body: payload ?? Buffer.alloc(0) };
  }
  if (members.length === 0) return { status, headers, body: Buffer.alloc(0) };
  if (bodyFormat === 'json') {
    const body = Buffer.from(JSON.stringify(encode(operation.output, bodyOutput, jsonFormat)));
    return { status, headers: { 'content-type': 'application/json', ...headers }, body };
  }
  const root =
    (operation.output.getMergedTraits() as Any).xmlName ?? operation.output.getName() ?? operation.name;
  const document = `<?xml version="1.0" encoding="UTF-8"?>\n${toXml(operation.output, bodyOutput, root, xmlNamespace)}`;
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body: Buffer.from(document) };
}

function headerText(value: Any): string {
  if (value instanceof Date) return value.toUTCString();
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function encodePayload(
  member: NormalizedSchema,
  value: Any,
  name: string,
  format: 'json' | 'xml',
  xmlNamespace: string,
): Buffer {
  if (member.isBlobSchema() || member.isStreaming() || member.isStringSchema()) return Buffer.from(value);
  return Buffer.from(
    format === 'json'
      ? JSON.stringify(encode(member, value, jsonFormat))
      : toXml(member, value, name, xmlNamespace),
  );
}
