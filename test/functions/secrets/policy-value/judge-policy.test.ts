import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemaProblems } from '../../../../functions/secrets/policy-value/check-schema.ts';
import { whyNotPolicy } from '../../../../functions/secrets/policy-value/judge-policy.ts';

const SCHEMA = {
  type: 'object',
  required: ['admins'],
  additionalProperties: false,
  properties: {
    admins: { type: 'array', minItems: 1, uniqueItems: true, items: { $ref: '#/$defs/address' } },
    limit: { type: 'integer', minimum: 1, maximum: 10 },
    mode: { enum: ['open', 'closed'] },
    rooms: {
      type: 'object',
      patternProperties: { '^r': { type: 'number' } },
      propertyNames: { maxLength: 8 },
    },
    either: { oneOf: [{ const: 1 }, { type: 'string', pattern: '^x' }] },
    'odd/na~me': { type: 'boolean' },
  },
  $defs: { address: { type: 'string', format: 'email' } },
};
const GOOD = { admins: ['ada@example.com'], limit: 3, mode: 'open', rooms: { red: 1 }, either: 'xy' };
const judge = (value: unknown) => whyNotPolicy(SCHEMA, JSON.stringify(value));

describe('a policy', () => {
  it('that satisfies its schema is good', () => {
    expect(judge(GOOD)).toBeUndefined();
  });

  it.each([
    ['a missing part', { ...GOOD, admins: undefined }, '/ (required)'],
    ['a wrong type', { ...GOOD, admins: 'grace@example.com' }, '/admins (type)'],
    ['a wrong item', { ...GOOD, admins: ['ada@example.com', 'grace-hopper'] }, '/admins/1 (format)'],
    ['an empty list', { ...GOOD, admins: [] }, '/admins (minItems)'],
    ['something twice', { ...GOOD, admins: ['ada@example.com', 'ada@example.com'] }, '/admins (uniqueItems)'],
    ['too much', { ...GOOD, limit: 4711 }, '/limit (maximum)'],
    ['a choice that there is not', { ...GOOD, mode: 'grace-hopper' }, '/mode (enum)'],
    ['a part that is not known', { ...GOOD, 'grace@example.com': 'admin' }, '/* (nothing may be there)'],
    ['a name that is too long', { ...GOOD, rooms: { 'grace@example.com': 1 } }, '/rooms/* (maxLength)'],
    ['a part whose name is a number', { ...GOOD, 4711: 'admin' }, '/* (nothing may be there)'],
    ['a value behind a name of its own', { ...GOOD, rooms: { 'r-grace': 'x' } }, '/rooms/* (type)'],
    ['neither of two', { ...GOOD, either: 'grace' }, '/either (oneOf), /either (const), /either (pattern)'],
    ['a part whose name is escaped', { ...GOOD, 'odd/na~me': 1 }, '/odd~1na~0me (type)'],
  ])('with %s is refused with place and rule', (_, value, where) => {
    const why = judge(value);
    expect(why).toBe(`does not satisfy its schema: ${where}`);
    expect(why).not.toMatch(/grace|4711|example/);
  });

  it('with many faults is told the first of them', () => {
    const why = judge({ ...GOOD, admins: Array.from({ length: 9 }, (_, index) => `no-${index}`) });
    expect(why).toContain('/admins/0 (format), /admins/1 (format)');
    expect(why).toMatch(/, and 4 more$/);
  });

  it.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['{"admins":["grace', 'is not JSON'],
    ['grace', 'is not JSON'],
  ])('that is no JSON (%j) is refused without the words of the parser', (text, why) => {
    expect(whyNotPolicy(SCHEMA, text)).toBe(why);
  });

  it('is never told, whatever it is', () => {
    const text = fc.string({ minLength: 6, maxLength: 20, unit: fc.constantFrom(...'QXZqxz0123456789@') });
    const value = fc.oneof(
      text,
      fc.array(text),
      fc.dictionary(text, fc.oneof(text, fc.array(text))),
      fc.record({
        admins: fc.oneof(text, fc.array(text), fc.dictionary(text, text)),
        mode: text,
        either: text,
      }),
    );
    fc.assert(
      fc.property(value, (one) => {
        const why = judge(one) ?? '';
        for (const part of [...JSON.stringify(one).matchAll(/[QXZqxz0-9@]{6,}/g)])
          expect(why).not.toContain(part[0]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a schema', () => {
  it.each([
    ['as it should be', SCHEMA, []],
    ['that allows everything', true, []],
    ['of the right draft', { $schema: 'https://json-schema.org/draft/2020-12/schema' }, []],
    [
      'with a slip of the keyboard',
      { properties: { admins: { minItem: 1 } } },
      ['/properties/admins: "minItem" is not a keyword of JSON Schema 2020-12. Did you mean "minItems"?'],
    ],
    [
      'with a keyword of an older draft',
      { definitions: {} },
      ['/: "definitions" is not a keyword of JSON Schema 2020-12'],
    ],
    ['with an unknown type', { type: 'list' }, [expect.stringMatching(/^\/type is none of null, /)]],
    [
      'with an unknown format',
      { format: 'mail' },
      [expect.stringMatching(/^\/format is not a format that is checked: /)],
    ],
    [
      'with a pattern that is none',
      { items: { pattern: '(' } },
      ['/items/pattern is not a regular expression'],
    ],
    ['with names that are none', { required: 'admins' }, ['/required is not a list of names']],
    [
      'with a bound that is none',
      { minItems: '1', maximum: '5' },
      ['/minItems is not a number of things', '/maximum is not a number'],
    ],
    [
      'with a part that is no schema',
      { anyOf: [{ not: 5 }] },
      ['/anyOf/0/not is neither an object nor true or false'],
    ],
    ['with parts that are no list', { allOf: {} }, ['/allOf is not a list of schemas']],
    ['with properties that are none', { properties: [] }, ['/properties is not an object of schemas']],
    [
      'of an older draft',
      { $schema: 'http://json-schema.org/draft-07/schema#' },
      ['/$schema is not the draft 2020-12, which is used'],
    ],
    ['that is none', 'yes', ['/ is neither an object nor true or false']],
  ])('%s', (_, schema, problems) => {
    expect(schemaProblems(schema)).toEqual(problems);
  });

  it('that is wrong lets no policy through', () => {
    expect(whyNotPolicy({ requird: ['admins'] }, '{}')).toMatch(
      /^cannot be judged: its declared schema is wrong/,
    );
    expect(whyNotPolicy({ $ref: '#/$defs/none' }, '"grace"')).toBe(
      'cannot be judged: its declared schema refers to something that is not there',
    );
  });
});
