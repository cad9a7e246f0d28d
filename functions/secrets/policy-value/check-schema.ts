import { format } from '@cfworker/json-schema';
import { unknownName } from '../../../schemas/nearest-name.ts';
import { KEYWORDS, TYPES } from './known-keywords.ts';

const DRAFT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/**
 * What is wrong with a JSON Schema, one sentence each. JSON Schema lets a validator pass over what it does not know: with a slip of the
 * keyboard in it, a policy would allow what it was written to forbid.
 *
 * @param where a JSON pointer, for the sentences
 */
export function schemaProblems(schema: unknown, where = ''): string[] {
  if (typeof schema === 'boolean') return [];
  if (!isObject(schema)) return [`${where || '/'} is neither an object nor true or false`];
  return Object.entries(schema).flatMap(([keyword, content]) => {
    const place = `${where}/${escapePointer(keyword)}`;
    const kind = KEYWORDS.get(keyword);
    switch (kind) {
      case undefined:
        return [`${where || '/'}: ${unknownKeyword(keyword)}`];
      case 'schema':
        return schemaProblems(content, place);
      case 'schemas':
        return Array.isArray(content)
          ? content.flatMap((one, index) => schemaProblems(one, `${place}/${index}`))
          : [`${place} is not a list of schemas`];
      case 'named schemas':
        return isObject(content)
          ? Object.entries(content).flatMap(([name, one]) =>
              schemaProblems(one, `${place}/${escapePointer(name)}`),
            )
          : [`${place} is not an object of schemas`];
      default:
        return (CHECKS[keyword]?.(content) ?? []).map((problem) => `${place} ${problem}`);
    }
  });
}

const CHECKS: Readonly<Record<string, (content: unknown) => string[]>> = {
  type: (content) => {
    const types = Array.isArray(content) ? content : [content];
    return types.every((type) => TYPES.includes(type)) ? [] : [`is none of ${TYPES.join(', ')}`];
  },
  required: (content) =>
    Array.isArray(content) && content.every((name) => typeof name === 'string')
      ? []
      : ['is not a list of names'],
  enum: (content) => (Array.isArray(content) ? [] : ['is not a list of values']),
  pattern: (content) => (isPattern(content) ? [] : ['is not a regular expression']),
  format: (content) =>
    typeof content === 'string' && Object.hasOwn(format, content)
      ? []
      : [`is not a format that is checked: ${Object.keys(format).sort().join(', ')}`],
  $schema: (content) =>
    typeof content === 'string' && DRAFT.test(content) ? [] : ['is not the draft 2020-12, which is used'],
  ...Object.fromEntries(
    [
      'minLength',
      'maxLength',
      'minItems',
      'maxItems',
      'minProperties',
      'maxProperties',
      'minContains',
      'maxContains',
    ].map((keyword) => [
      keyword,
      (content: unknown) =>
        Number.isInteger(content) && (content as number) >= 0 ? [] : ['is not a number of things'],
    ]),
  ),
  ...Object.fromEntries(
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'].map((keyword) => [
      keyword,
      (content: unknown) => (typeof content === 'number' ? [] : ['is not a number']),
    ]),
  ),
};

const unknownKeyword = (keyword: string) => {
  const [sentence = ''] = unknownName('keyword of JSON Schema 2020-12', keyword, [...KEYWORDS.keys()]).split(
    ' Known:',
  );
  return sentence.replace(/\.$/, '');
};

function isPattern(content: unknown): boolean {
  try {
    return typeof content === 'string' && new RegExp(content, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const escapePointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
