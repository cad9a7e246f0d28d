import { parseXML } from '@aws-sdk/xml-builder';
import type { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../contract.ts';
import { refuseUnknownOutput, timestampFormat } from './shapes.ts';

// biome-ignore lint/suspicious/noExplicitAny: a parsed document has no static type.
type Any = any;

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#xD;');
}

/** Writes an SDK shape as an XML element, as REST-XML and Query responses do. */
export function toXml(schema: NormalizedSchema, value: Any, name: string, namespace = ''): string {
  if (value === undefined || value === null) return '';
  const xmlns = namespace === '' ? '' : ` xmlns="${namespace}"`;
  return `<${name}${xmlns}${attributes(schema, value)}>${xmlContent(schema, value)}</${name}>`;
}

/** Members that the schema writes as attributes, such as the `xsi:type` of S3's grantees. */
function attributes(schema: NormalizedSchema, value: Any): string {
  if (!schema.isStructSchema()) return '';
  return [...schema.structIterator()]
    .filter(([name, member]) => member.getMergedTraits().xmlAttribute && value[name] !== undefined)
    .map(([name, member]) => {
      const attribute = member.getMergedTraits().xmlName ?? name;
      const prefix = String(attribute).split(':')[0];
      return ` xmlns:${prefix}="http://www.w3.org/2001/XMLSchema-instance" ${attribute}="${escapeXml(String(value[name]))}"`;
    })
    .join('');
}

/** The children (or the text) of an element. */
export function xmlContent(schema: NormalizedSchema, value: Any): string {
  if (schema.isStructSchema()) {
    let text = '';
    const left = new Set(Object.keys(value).filter((name) => value[name] !== undefined));
    for (const [memberName, member] of schema.structIterator()) {
      left.delete(memberName);
      const traits = member.getMergedTraits() as Any;
      if (traits.xmlAttribute || value[memberName] === undefined) continue;
      text += memberXml(
        member,
        value[memberName],
        traits.xmlName ?? memberName,
        Boolean(traits.xmlFlattened),
      );
    }
    refuseUnknownOutput(schema, left);
    return text;
  }
  if (schema.isTimestampSchema()) {
    const date = value instanceof Date ? value : new Date(value);
    return timestampFormat(schema) === 'epoch-seconds' ? String(date.getTime() / 1000) : date.toISOString();
  }
  if (schema.isBlobSchema()) return Buffer.from(value).toString('base64');
  return escapeXml(String(value));
}

function memberXml(schema: NormalizedSchema, value: Any, name: string, flattened: boolean): string {
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const itemName = (item.getMergedTraits() as Any).xmlName ?? 'member';
    if (flattened) return value.map((entry: Any) => toXml(item, entry, name)).join('');
    return `<${name}>${value.map((entry: Any) => memberXml(item, entry, itemName, false)).join('')}</${name}>`;
  }
  if (schema.isMapSchema()) {
    const keyName = (schema.getKeySchema().getMergedTraits() as Any).xmlName ?? 'key';
    const valueSchema = schema.getValueSchema();
    const valueName = (valueSchema.getMergedTraits() as Any).xmlName ?? 'value';
    const entries = Object.entries(value).map(
      ([key, entry]) =>
        `<${keyName}>${escapeXml(key)}</${keyName}>${memberXml(valueSchema, entry, valueName, false)}`,
    );
    if (flattened) return entries.map((entry) => `<${name}>${entry}</${name}>`).join('');
    return `<${name}>${entries.map((entry) => `<entry>${entry}</entry>`).join('')}</${name}>`;
  }
  return toXml(schema, value, name);
}

/** Reads an XML document into the tree that {@link ./shapes.ts decode} understands. */
export function xmlToRaw(schema: NormalizedSchema, text: string): Any {
  let document: Any;
  try {
    document = parseXML(text);
  } catch {
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  const root = Object.keys(document).find((key) => !key.startsWith('?'));
  return root === undefined ? {} : fold(schema, document[root]);
}

function fold(schema: NormalizedSchema, node: Any): Any {
  if (schema.isStructSchema()) {
    if (typeof node !== 'object') return {};
    const result: Any = {};
    for (const [key, value] of Object.entries(node)) if (key !== 'xmlns') result[key] = value;
    for (const [name, member] of schema.structIterator()) {
      const traits = member.getMergedTraits() as Any;
      const wireName = traits.xmlName ?? name;
      if (node[wireName] === undefined) continue;
      delete result[wireName];
      const inner =
        traits.xmlFlattened || !member.isListSchema() ? node[wireName] : listItems(member, node[wireName]);
      result[name] = fold(member, inner);
    }
    return result;
  }
  if (schema.isListSchema()) {
    const items = Array.isArray(node) ? node : node === '' ? [] : [node];
    return items.map((item) => fold(schema.getValueSchema(), item));
  }
  return node;
}

function listItems(schema: NormalizedSchema, node: Any): Any {
  const itemName = (schema.getValueSchema().getMergedTraits() as Any).xmlName ?? 'member';
  return node === '' ? [] : (node[itemName] ?? []);
}
