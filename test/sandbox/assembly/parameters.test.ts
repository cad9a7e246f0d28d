import { describe, expect, test } from 'vitest';
import { checkGivenParameters, parameterValues } from '../../../sandbox/assembly/parameters.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON.
type Json = any;

const stackWith = (definition: Json, template: Json = { Outputs: { x: { Value: { Ref: 'P' } } } }) => ({
  name: 'api',
  template: { Parameters: { P: definition }, ...template },
  assets: new Map<string, string>(),
});
async function readValue(
  definition: Json,
  given: Record<string, string> = {},
  template?: Json,
): Promise<unknown> {
  const values = await parameterValues(
    stackWith(definition, template),
    given,
    async (name) => `${name} in SSM`,
  );
  return values.get('P');
}

describe("a parameter's value", () => {
  test.each<[string, Json, Record<string, string>, unknown]>([
    ['its default', { Type: 'String', Default: 'a' }, {}, 'a'],
    ['what is given instead', { Type: 'String', Default: 'a' }, { P: 'b' }, 'b'],
    ['a text, even of a number', { Type: 'Number', Default: 7 }, {}, '7'],
    ['an empty text', { Type: 'String', Default: '' }, {}, ''],
    ['a list', { Type: 'CommaDelimitedList', Default: 'a, b' }, {}, ['a', 'b']],
    ['a list of an AWS type', { Type: 'List<AWS::EC2::Subnet::Id>' }, { P: 's-1,s-2' }, ['s-1', 's-2']],
    ['one of those that are allowed', { Type: 'String', AllowedValues: ['a', 'b'] }, { P: 'b' }, 'b'],
    ['what SSM has', { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/ami' }, {}, '/ami in SSM'],
    [
      'a list that SSM has',
      { Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: 'a,b' },
      {},
      ['a', 'b in SSM'],
    ],
  ])('is %s', async (_what, definition, given, expected) => {
    expect(await readValue(definition, given)).toEqual(expected);
  });

  test.each<[string, Json, Record<string, string>, string]>([
    ['without default or value', { Type: 'String' }, {}, 'The parameter P of api has neither'],
    [
      'with a value that is not allowed',
      { Type: 'String', AllowedValues: ['a', 'b'] },
      { P: 'c' },
      'one of a, b',
    ],
  ])('%s is an error that says so', async (_what, definition, given, words) => {
    await expect(readValue(definition, given)).rejects.toThrow(words);
  });

  test('is not needed where nothing refers to it', async () => {
    expect(await readValue({ Type: 'String' }, {}, { Resources: {} })).toBeUndefined();
  });

  test('is needed where only a condition refers to it', async () => {
    const Conditions = { IsProd: { 'Fn::Equals': [{ Ref: 'P' }, 'prod'] } };
    await expect(readValue({ Type: 'String' }, {}, { Conditions })).rejects.toThrow('The parameter P');
  });
});

describe('values that are given', () => {
  test('for a parameter of some stack are taken', () => {
    expect(() => checkGivenParameters([stackWith({ Type: 'String' })], { P: 'x' })).not.toThrow();
  });

  test('for a parameter of no stack are an error that names it', () => {
    expect(() => checkGivenParameters([stackWith({ Type: 'String' })], { Q: 'x' })).toThrow(
      'No stack has the parameter Q. Known: P.',
    );
  });
});
