import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { injectedValue } from '../../../functions/preflight/injected-value.ts';

describe('injectedValue', () => {
  it.each<[string, string | undefined, object]>([
    ['{"a":"x"}', undefined, { value: '{"a":"x"}' }],
    ['{"a":"x=\\"y\\"\\n${z}"}', 'a', { value: 'x="y"\n${z}' }],
    ['{"a":5432,"b":true}', 'a', { value: '5432' }],
    ['{"b":true}', 'b', { value: 'true' }],
    ['{"a":0}', 'a', { value: '0' }],
    ['{"a":999999}', 'a', { value: '999999' }],
    // As ECS's agent writes them.
    ['{"a":1000000}', 'a', { value: '1e+06' }],
    ['{"a":-12345678}', 'a', { value: '-1.2345678e+07' }],
    ['{"a":0.0001}', 'a', { value: '0.0001' }],
    ['{"a":0.00001}', 'a', { value: '1e-05' }],
    ['{"a":"x"}', 'b', { problem: 'has no field b' }],
    ['{}', 'constructor', { problem: 'has no field constructor' }],
    ['{"a":null}', 'a', { problem: 'has null in its field a, and no text' }],
    ['{"a":{"b":1}}', 'a', { problem: 'has an object in its field a, and no text' }],
    ['{"a":[1]}', 'a', { problem: 'has a list in its field a, and no text' }],
    ['["a"]', 'a', { problem: 'is JSON, but no object with fields' }],
    ['"a"', 'a', { problem: 'is JSON, but no object with fields' }],
    ['hunter2', 'a', { problem: 'is not JSON' }],
    ['', 'a', { problem: 'is not JSON' }],
    ['\uFEFF{"a":"x"}', 'a', { problem: 'is not JSON: it begins with a byte order mark' }],
    ['{"a":"x"}\r\n', 'a', { value: 'x' }],
  ])('%j, field %s', (text, field, expected) => {
    expect(injectedValue(text, field)).toEqual(expected);
  });

  it('gives back any text, and any field of JSON, as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string(), (value, field) => {
        expect(injectedValue(value, undefined)).toEqual({ value });
        expect(injectedValue(JSON.stringify({ [field]: value }), field)).toEqual(
          // JSON.stringify leaves it out of what it is given.
          field === '__proto__' ? expect.anything() : { value },
        );
      }),
    );
  });

  it('says nothing of a text that is not JSON', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{2}SECRET[a-z0-9]{0,20}$/), (text) => {
        expect(JSON.stringify(injectedValue(text, 'password'))).not.toContain('SECRET');
      }),
    );
  });
});
