import type { NormalizedSchema } from '@smithy/core/schema';

// biome-ignore lint/suspicious/noExplicitAny: a tree of parameters has no static type.
type Any = any;

/**
 * Builds the value that a schema expects from the flat parameters of the Query protocol
 * (`Attributes.entry.1.key=…`, `Tags.member.1.Key=…`).
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export function queryToRaw(schema: NormalizedSchema, parameters: URLSearchParams): Any {
  const tree: Any = {};
  for (const [name, value] of parameters) {
    // What names the call, and (in an address signed beforehand) who makes it, is not input.
    if (name === 'Action' || name === 'Version' || name.startsWith('X-Amz-')) continue;
    let node = tree;
    const parts = name.split('.');
    for (const part of parts.slice(0, -1)) {
      if (typeof node[part] !== 'object') node[part] = {};
      node = node[part];
    }
    node[parts.at(-1) as string] = value;
  }
  return fold(schema, tree);
}

function inOrder(node: Any): Any[] {
  return Object.keys(node)
    .sort((left, right) => Number(left) - Number(right))
    .map((key) => node[key]);
}

/** Replaces the numbered nodes of lists and maps by lists and maps; members the schema does not know stay, to be refused later. */
function fold(schema: NormalizedSchema, node: Any): Any {
  if (schema.isStructSchema() && typeof node === 'object') {
    const result: Any = { ...node };
    for (const [name, member] of schema.structIterator()) {
      const wireName = (member.getMergedTraits() as Any).xmlName ?? name;
      if (node[wireName] === undefined) continue;
      delete result[wireName];
      result[name] = fold(member, node[wireName]);
    }
    return result;
  }
  if (schema.isListSchema()) {
    if (node === '') return [];
    const traits = schema.getMergedTraits() as Any;
    const itemName = (schema.getValueSchema().getMergedTraits() as Any).xmlName ?? 'member';
    const items = traits.xmlFlattened ? node : (node[itemName] ?? node.member ?? node);
    return inOrder(items).map((item) => fold(schema.getValueSchema(), item));
  }
  if (schema.isMapSchema()) {
    if (node === '') return {};
    const traits = schema.getMergedTraits() as Any;
    const keyName = (schema.getKeySchema().getMergedTraits() as Any).xmlName ?? 'key';
    const valueName = (schema.getValueSchema().getMergedTraits() as Any).xmlName ?? 'value';
    const entries = inOrder(traits.xmlFlattened ? node : (node.entry ?? {}));
    return Object.fromEntries(
      entries.map((entry) => [entry[keyName], fold(schema.getValueSchema(), entry[valueName])]),
    );
  }
  return node;
}
