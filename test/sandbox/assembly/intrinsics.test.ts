import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateCondition, referencesIn, resolveIntrinsics } from '../../../sandbox/assembly/intrinsics.ts';
import { scopeOf } from './scope.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Json = any;

const scope = scopeOf({
  values: { Topic: 'arn:topic', Zones: ['a', 'b'], Stage: 'prod', 'AWS::Region': 'us-east-1' },
  mappings: { Sizes: { prod: { cpu: 1024, zones: ['a', 'c'] } } },
});
const resolve = (value: Json) => resolveIntrinsics(value, scope);

describe('an intrinsic function', () => {
  test.each<[string, Json, unknown]>([
    ['Ref', { Ref: 'Topic' }, 'arn:topic'],
    ['Ref of a list', { Ref: 'Zones' }, ['a', 'b']],
    ['GetAtt', { 'Fn::GetAtt': ['Db', 'Arn'] }, "Db's Arn"],
    ['GetAtt as text', { 'Fn::GetAtt': 'Db.Arn' }, "Db's Arn"],
    ['GetAtt of an inner attribute', { 'Fn::GetAtt': ['Db', 'Endpoint.Port'] }, "Db's Endpoint.Port"],
    ['GetAtt of an inner attribute as text', { 'Fn::GetAtt': 'Db.Endpoint.Port' }, "Db's Endpoint.Port"],
    ['GetAtt of a computed attribute', { 'Fn::GetAtt': ['Db', { Ref: 'Stage' }] }, "Db's prod"],
    ['Sub', { 'Fn::Sub': 'x-${Topic}-${Db.Endpoint.Port}' }, "x-arn:topic-Db's Endpoint.Port"],
    ['Sub of a pseudo parameter', { 'Fn::Sub': '${AWS::Region}' }, 'us-east-1'],
    ['Sub with an escape', { 'Fn::Sub': '${!Topic} is ${Topic}' }, '${Topic} is arn:topic'],
    ['Sub with variables', { 'Fn::Sub': ['${a}-${Stage}', { a: { Ref: 'Topic' } }] }, 'arn:topic-prod'],
    ['Sub with a variable before a resource', { 'Fn::Sub': ['${Stage}', { Stage: 'mine' }] }, 'mine'],
    ['Join', { 'Fn::Join': [':', ['a', { Ref: 'Topic' }, 3]] }, 'a:arn:topic:3'],
    ['Join of a list', { 'Fn::Join': ['-', { Ref: 'Zones' }] }, 'a-b'],
    ['Join without items', { 'Fn::Join': ['-', []] }, ''],
    ['Select', { 'Fn::Select': [1, { Ref: 'Zones' }] }, 'b'],
    ['Select by a text', { 'Fn::Select': ['0', ['x', 'y']] }, 'x'],
    ['Split', { 'Fn::Split': [':', { Ref: 'Topic' }] }, ['arn', 'topic']],
    ['Select of Split', { 'Fn::Select': [1, { 'Fn::Split': [':', { Ref: 'Topic' }] }] }, 'topic'],
    ['If that holds', { 'Fn::If': ['Yes', { Ref: 'Topic' }, 'no'] }, 'arn:topic'],
    ['If that does not hold', { 'Fn::If': ['No', 'yes', { Ref: 'Stage' }] }, 'prod'],
    ['Base64', { 'Fn::Base64': { 'Fn::Sub': 'é${Stage}' } }, 'w6lwcm9k'],
    ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${Stage}-vpc' } }, 'imported prod-vpc'],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'cpu'] }, 1024],
    ['FindInMap of a list', { 'Fn::FindInMap': ['Sizes', 'prod', 'zones'] }, ['a', 'c']],
    ['GetAZs', { 'Fn::GetAZs': '' }, ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ['GetAZs of a region', { 'Fn::GetAZs': 'eu-west-1' }, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
  ])('%s is evaluated', (_name, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test('is evaluated wherever it stands', () => {
    expect(resolve({ a: [{ b: { Ref: 'Stage' } }, 'x'], c: null, d: false })).toEqual({
      a: [{ b: 'prod' }, 'x'],
      c: null,
      d: false,
    });
  });

  test('leaves the branch alone that is not taken', () => {
    expect(resolve({ 'Fn::If': ['Yes', 'ok', { Ref: 'Nothing' }] })).toBe('ok');
  });

  test('that the sandbox does not know is an error that names it', () => {
    expect(() => resolve({ 'Fn::Cidr': ['10.0.0.0/16', 2, 8] })).toThrow("'Fn::Cidr'");
  });

  test.each<[string, Json, string]>([
    ['Select beyond the list', { 'Fn::Select': [2, ['a', 'b']] }, 'item 2 of ["a","b"]'],
    ['Select before the list', { 'Fn::Select': [-1, ['a']] }, 'item -1'],
    ['Select of no list', { 'Fn::Select': [0, 'abc'] }, 'item 0 of "abc"'],
    ['Select by no number', { 'Fn::Select': ['first', ['a']] }, 'item NaN'],
    ['FindInMap of an unknown mapping', { 'Fn::FindInMap': ['Shapes', 'a', 'b'] }, "the mapping 'Shapes'"],
    ['FindInMap of an unknown key', { 'Fn::FindInMap': ['Sizes', 'prod', 'memory'] }, 'prod.memory'],
  ])('%s is an error that says so', (_what, value, words) => {
    expect(() => resolve(value)).toThrow(words);
  });

  test('is only what stands alone under its name', () => {
    const value = { Ref: 'Topic', Other: 1 };
    expect(resolve(value)).toEqual(value);
  });
});

describe('AWS::NoValue', () => {
  const nothing = { Ref: 'AWS::NoValue' };

  test.each<[string, Json, unknown]>([
    ['removes a property', { a: 1, b: nothing }, { a: 1 }],
    ['removes an item', [1, nothing, 2], [1, 2]],
    ['leaves nothing where all is removed', nothing, undefined],
    ['removes a property by a condition', { a: { 'Fn::If': ['No', 1, nothing] } }, {}],
    ['leaves no mark in a list that is joined', { 'Fn::Join': [',', ['a', nothing, 'b']] }, 'a,b'],
  ])('%s', (_what, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });
});

describe('values without intrinsic functions', () => {
  test('stay as they are', () => {
    const key = fc
      .string()
      .filter((name) => name !== 'Ref' && !name.startsWith('Fn::') && name !== '__proto__');
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.array(tie('json')),
        fc.dictionary(key, tie('json')),
      ),
    })).json;
    fc.assert(
      fc.property(value, (json) => {
        expect(resolve(json)).toEqual(json);
      }),
    );
  });

  test('come back from Split and Join', () => {
    const item = fc.string().filter((text) => !text.includes('|'));
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (items) => {
        expect(resolve({ 'Fn::Split': ['|', { 'Fn::Join': ['|', items] }] })).toEqual(items);
      }),
    );
  });
});

describe('a condition', () => {
  const equal = { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] };
  const unequal = { 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] };

  test.each<[string, Json, boolean]>([
    ['Equals', equal, true],
    ['Equals of others', unequal, false],
    ['Equals of a number and its text', { 'Fn::Equals': [1, '1'] }, true],
    ['Equals in another case', { 'Fn::Equals': ['Prod', { Ref: 'Stage' }] }, false],
    ['And', { 'Fn::And': [equal, equal] }, true],
    ['And of one that does not hold', { 'Fn::And': [equal, unequal] }, false],
    ['Or', { 'Fn::Or': [unequal, equal] }, true],
    ['Or of none that holds', { 'Fn::Or': [unequal, unequal] }, false],
    ['Not', { 'Fn::Not': [unequal] }, true],
    ['Condition', { Condition: 'Yes' }, true],
    ['all of them', { 'Fn::Not': [{ 'Fn::Or': [unequal, { Condition: 'No' }] }] }, true],
  ])('with %s is decided', (_what, expression, expected) => {
    expect(evaluateCondition(expression, scope)).toBe(expected);
  });

  test('with a function that the sandbox does not know is an error that names it', () => {
    expect(() => evaluateCondition({ 'Fn::Contains': [['a'], 'a'] }, scope)).toThrow("'Fn::Contains'");
  });
});

describe('references', () => {
  test.each<[string, Json, string[]]>([
    ['Ref', { Ref: 'A' }, ['A']],
    ['GetAtt', { 'Fn::GetAtt': ['A', 'Arn'] }, ['A']],
    ['GetAtt as text', { 'Fn::GetAtt': 'A.Endpoint.Port' }, ['A']],
    ['Sub', { 'Fn::Sub': '${A}${B.Arn}${AWS::Region}' }, ['A', 'B', 'AWS::Region']],
    ['Sub with variables', { 'Fn::Sub': ['${a}${B}', { a: { Ref: 'C' } }] }, ['B', 'C']],
    ['an escaped Sub', { 'Fn::Sub': '${!A}' }, []],
    ['nested functions', { 'Fn::Join': ['', [{ 'Fn::If': ['X', { Ref: 'A' }, { Ref: 'B' }] }]] }, ['A', 'B']],
    ['plain values', { Reference: 'A', list: ['B'] }, []],
  ])('of %s are found', (_what, value, expected) => {
    expect([...referencesIn(value)]).toEqual(expected);
  });
});
