/** What stands behind a keyword: schemas, or something plain. */
export type KeywordContent = 'schema' | 'schemas' | 'named schemas' | 'plain';

const of = (content: KeywordContent, ...names: readonly string[]) =>
  names.map((name) => [name, content] as const);

/**
 * The keywords of JSON Schema, draft 2020-12.
 *
 * @see https://json-schema.org/draft/2020-12/json-schema-core and https://json-schema.org/draft/2020-12/json-schema-validation
 */
export const KEYWORDS: ReadonlyMap<string, KeywordContent> = new Map([
  ...of('schema', 'additionalProperties', 'unevaluatedProperties', 'items', 'unevaluatedItems', 'contains'),
  ...of('schema', 'not', 'if', 'then', 'else', 'propertyNames', 'contentSchema'),
  ...of('schemas', 'allOf', 'anyOf', 'oneOf', 'prefixItems'),
  ...of('named schemas', 'properties', 'patternProperties', 'dependentSchemas', '$defs'),
  ...of('plain', 'type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum'),
  ...of('plain', 'exclusiveMinimum', 'maxLength', 'minLength', 'pattern', 'maxItems', 'minItems'),
  ...of('plain', 'uniqueItems', 'maxContains', 'minContains', 'maxProperties', 'minProperties'),
  ...of('plain', 'required', 'dependentRequired', 'format', 'contentEncoding', 'contentMediaType'),
  ...of('plain', '$schema', '$id', '$ref', '$anchor', '$dynamicRef', '$dynamicAnchor', '$comment'),
  ...of('plain', 'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'),
]);

export const TYPES: readonly string[] = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'];
