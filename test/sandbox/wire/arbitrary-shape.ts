import type { NormalizedSchema } from '@smithy/core/schema';
import fc from 'fast-check';

/** How deep structures go before only their required members are made. */
const DEEPEST = 3;

/** Text that survives headers and XML, where white space at the ends is lost. */
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((value) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them.
  return value === value.trim() && !/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(value);
});
const asciiText = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9 ._:/=+@-]{0,10}[A-Za-z0-9])?$/);
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,9}$/);

interface Place {
  readonly depth: number;
  /** Whether structures may be empty: the Query protocol cannot write those. */
  readonly empty: boolean;
}

/** Values that a schema allows, as the SDK's users write them. */
export function arbitraryShape(schema: NormalizedSchema, place: Place): fc.Arbitrary<unknown> {
  const traits = schema.getMergedTraits();
  const inner = { ...place, depth: place.depth + 1 };
  if (schema.isStructSchema()) return arbitraryStructure(schema, place);
  if (schema.isListSchema()) {
    const inHeader = traits.httpHeader !== undefined;
    const item = inHeader ? name : arbitraryShape(schema.getValueSchema(), inner);
    return fc.array(item, { minLength: 1, maxLength: place.depth > DEEPEST ? 1 : 3 });
  }
  if (schema.isMapSchema()) {
    // Header names have no case.
    const key = traits.httpPrefixHeaders ? name.map((value) => value.toLowerCase()) : name;
    return fc.dictionary(
      key,
      traits.httpPrefixHeaders ? name : arbitraryShape(schema.getValueSchema(), inner),
      {
        minKeys: 1,
        maxKeys: 3,
        noNullPrototype: true,
      },
    );
  }
  if (schema.isDocumentSchema())
    return fc.dictionary(name, fc.oneof(name, fc.integer()), { noNullPrototype: true });
  if (schema.isTimestampSchema()) {
    return fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }).map((seconds) => new Date(seconds * 1000));
  }
  if (schema.isBlobSchema()) return fc.uint8Array({ maxLength: 20 });
  if (schema.isBooleanSchema()) return fc.boolean();
  if (traits.httpResponseCode) return fc.constant(202);
  if (schema.isNumericSchema()) return fc.integer();
  if (traits.httpHeader || traits.httpPrefixHeaders) return asciiText;
  return traits.httpLabel ? text.filter((value) => value !== '.' && value !== '..') : text;
}

function arbitraryStructure(schema: NormalizedSchema, { depth, empty }: Place): fc.Arbitrary<unknown> {
  const members = [...schema.structIterator()].filter(([, its]) => empty || !isEmptyStructure(its));
  const inner = { depth: depth + 1, empty };
  if (schema.isUnionSchema()) {
    return fc.oneof(
      ...members.map(([member, its]) => arbitraryShape(its, inner).map((value) => ({ [member]: value }))),
    );
  }
  const always = new Set(requiredOf(schema));
  for (const [member, its] of members) {
    const { idempotencyToken, httpResponseCode, httpPayload } = its.getMergedTraits();
    // What the SDK fills in by itself when it is missing.
    if (idempotencyToken || httpResponseCode || httpPayload) always.add(member);
  }
  const anchor = members.find(([, its]) => its.isStringSchema()) ?? members[0];
  if (!empty && depth > 0 && always.size === 0 && anchor) always.add(anchor[0]);
  const shapes: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [member, its] of members) {
    if (!always.has(member) && depth >= DEEPEST) continue;
    shapes[member] = fc.constant(undefined).chain(() => arbitraryShape(its, inner));
  }
  return fc.record(shapes, { requiredKeys: [...always] as never[], noNullPrototype: true });
}

function requiredOf(schema: NormalizedSchema): string[] {
  const structure = schema.getSchema() as unknown as [
    unknown,
    unknown,
    unknown,
    unknown,
    string[],
    unknown,
    number?,
  ];
  return Array.isArray(structure) ? structure[4].slice(0, structure[6] ?? 0) : [];
}

function isEmptyStructure(schema: NormalizedSchema): boolean {
  return schema.isStructSchema() && [...schema.structIterator()].length === 0;
}
