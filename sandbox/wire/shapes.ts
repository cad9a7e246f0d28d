import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../contract.ts';

/** Smithy's structure schemas list required members first; this is where their number stands in the static form. */
const REQUIRED_COUNT_INDEX = 6;

/** How a wire format writes what JSON cannot: the rest (structures, lists, maps) is the same everywhere. */
export interface RawFormat {
  /** `text` formats (query, XML, headers) write numbers and booleans as text. */
  readonly text: boolean;
  /** `native` formats (CBOR) carry bytes and dates as they are. */
  readonly native: boolean;
}

export const jsonFormat: RawFormat = { text: false, native: false };
export const cborFormat: RawFormat = { text: false, native: true };
export const textFormat: RawFormat = { text: true, native: false };

// biome-ignore lint/suspicious/noExplicitAny: values of the wire have no static type before the schema has looked at them.
type Any = any;

/** How many of a structure's members are required; they come first. */
export function requiredMembers(schema: NormalizedSchema): string[] {
  const structure = schema.getSchema() as Any;
  const count: number = Array.isArray(structure) ? (structure[REQUIRED_COUNT_INDEX] ?? 0) : 0;
  const names: string[] = Array.isArray(structure) ? structure[4] : (structure.memberNames ?? []);
  return names.slice(0, count);
}

/** Name of a member in JSON: `jsonName` where the service has one. */
export function jsonName(name: string, member: NormalizedSchema): string {
  return (member.getMergedTraits() as Any).jsonName ?? name;
}

/** A value of the wrong kind: AWS's parsers refuse it before the service sees it. */
function malformed(path: string, what: string): AwsError {
  return new AwsError('SerializationException', `${path === '' ? 'The input' : `'${path}'`} ${what}`);
}

/** AWS ignores most unknown members; the sandbox refuses them, in the words of the AWS CLI, since they are slips that would otherwise stay unseen. */
export function unknownMembers(path: string, unknown: readonly string[], known: readonly string[]): AwsError {
  const names = unknown.map((name) => `"${name}"`).join(', ');
  return new AwsError(
    'ValidationException',
    `Unknown parameter in ${path === '' ? 'input' : path}: ${names}, must be one of: ${known.join(', ')}`,
  );
}

/** Missing required members, worded as AWS services word a constraint that fails. */
export function missingMembers(path: string, missing: readonly string[]): AwsError {
  const failures = missing.map(
    (name) =>
      `Value null at '${path === '' ? name : `${path}.${name}`}' failed to satisfy constraint: Member must not be null`,
  );
  return new AwsError(
    'ValidationException',
    `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: ${failures.join('; ')}`,
  );
}

/**
 * Turns a parsed wire value into the SDK's shape (dates as Date, blobs as bytes).
 *
 * @throws AwsError with the path: `ValidationException` for unknown and missing members, `SerializationException` for wrong types
 */
export function decode(schema: NormalizedSchema, raw: Any, format: RawFormat, path = ''): Any {
  if (raw === undefined || raw === null) return undefined;
  if (schema.isStructSchema()) return decodeStructure(schema, raw, format, path);
  if (schema.isListSchema()) {
    const items = format.text && !Array.isArray(raw) ? (raw === '' ? [] : [raw]) : raw;
    if (!Array.isArray(items)) throw malformed(path, 'must be a list.');
    return items.map((item, index) => decode(schema.getValueSchema(), item, format, `${path}.${index + 1}`));
  }
  if (schema.isMapSchema()) {
    if (typeof raw !== 'object') throw malformed(path, 'must be a map.');
    const value = schema.getValueSchema();
    return Object.fromEntries(
      Object.entries(raw).map(([key, item]) => [key, decode(value, item, format, `${path}.${key}`)]),
    );
  }
  if (schema.isDocumentSchema()) return raw;
  return decodeScalar(schema, raw, format, path);
}

function decodeStructure(schema: NormalizedSchema, raw: Any, format: RawFormat, path: string): Any {
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    if (format.text && raw === '') return {};
    throw malformed(path, 'must be a structure.');
  }
  const result: Any = {};
  const left = new Set(Object.keys(raw));
  for (const [name, member] of schema.structIterator()) {
    const wireName = format.text ? name : jsonName(name, member);
    left.delete(wireName);
    const value = decode(member, raw[wireName], format, path === '' ? name : `${path}.${name}`);
    if (value !== undefined) result[name] = value;
  }
  left.delete('__type');
  if (left.size > 0) {
    throw unknownMembers(
      path,
      [...left],
      [...schema.structIterator()].map(([name]) => name),
    );
  }
  const missing = requiredMembers(schema).filter((name) => result[name] === undefined);
  if (missing.length > 0) throw missingMembers(path, missing);
  return result;
}

function decodeScalar(schema: NormalizedSchema, raw: Any, format: RawFormat, path: string): Any {
  if (schema.isTimestampSchema()) {
    if (raw instanceof Date) return raw;
    const date =
      typeof raw === 'number' || /^\d+(\.\d+)?$/.test(raw) ? new Date(Number(raw) * 1000) : new Date(raw);
    if (Number.isNaN(date.getTime())) throw malformed(path, 'must be a timestamp.');
    return date;
  }
  if (schema.isBlobSchema()) {
    if (format.native || raw instanceof Uint8Array) return raw;
    return new Uint8Array(Buffer.from(String(raw), 'base64'));
  }
  if (schema.isBooleanSchema()) {
    if (format.text && (raw === 'true' || raw === 'false')) return raw === 'true';
    if (typeof raw !== 'boolean') throw malformed(path, 'must be a boolean.');
    return raw;
  }
  if (schema.isNumericSchema()) {
    if (raw === 'NaN') return Number.NaN;
    const number =
      typeof raw === 'string' && raw.trim() !== ''
        ? Number(raw)
        : typeof raw === 'bigint'
          ? Number(raw)
          : raw;
    if (typeof number !== 'number' || (typeof raw === 'string' && Number.isNaN(number))) {
      throw malformed(path, 'must be a number.');
    }
    return number;
  }
  if (typeof raw === 'object') throw malformed(path, 'must be a string.');
  if (!format.text && typeof raw !== 'string') throw malformed(path, 'must be a string.');
  return String(raw);
}

/** Turns an SDK shape into a value that JSON (or CBOR) can write; members that the schema does not know are a defect here. */
export function encode(schema: NormalizedSchema, value: Any, format: RawFormat): Any {
  if (value === undefined || value === null) return undefined;
  if (schema.isStructSchema()) {
    const result: Any = {};
    const left = new Set(Object.keys(value).filter((name) => value[name] !== undefined));
    for (const [name, member] of schema.structIterator()) {
      left.delete(name);
      const encoded = encode(member, value[name], format);
      if (encoded !== undefined) result[jsonName(name, member)] = encoded;
    }
    refuseUnknownOutput(schema, left);
    return result;
  }
  if (schema.isListSchema()) return value.map((item: Any) => encode(schema.getValueSchema(), item, format));
  if (schema.isMapSchema()) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, encode(schema.getValueSchema(), item, format)]),
    );
  }
  if (schema.isTimestampSchema()) {
    const date = value instanceof Date ? value : new Date(value);
    if (format.native) return date;
    const wanted = timestampFormat(schema);
    return wanted === 'date-time' ? date.toISOString() : date.getTime() / 1000;
  }
  if (schema.isBlobSchema()) return format.native ? value : Buffer.from(value).toString('base64');
  // JSON has no word for these; AWS writes them as text.
  if (typeof value === 'number' && !Number.isFinite(value) && !format.native) return String(value);
  return value;
}

/**
 * A service that answers what its API does not have is a defect of the sandbox.
 *
 * @throws Error naming the shape and the members
 */
export function refuseUnknownOutput(schema: NormalizedSchema, unknown: ReadonlySet<string>): void {
  if (unknown.size === 0) return;
  throw new Error(
    `The sandbox answered members that ${schema.getName(true)} does not have: ${[...unknown].join(', ')}.`,
  );
}

/** The timestamp format that a member's own schema asks for: Smithy's simple schemas 5, 6, 7 are date-time, http-date and epoch. */
export function timestampFormat(
  schema: NormalizedSchema,
): 'date-time' | 'http-date' | 'epoch-seconds' | undefined {
  switch (schema.getSchema()) {
    case 5:
      return 'date-time';
    case 6:
      return 'http-date';
    case 7:
      return 'epoch-seconds';
    default:
      return undefined;
  }
}
