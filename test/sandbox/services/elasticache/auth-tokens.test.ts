import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../../sandbox/contract.ts';
import { checkToken, tokensAfter } from '../../../../sandbox/services/elasticache/auth-tokens.ts';

const code = (action: () => unknown): string => {
  try {
    action();
    return 'fine';
  } catch (error) {
    return (error as AwsError).code;
  }
};

describe('a token', () => {
  test.each([
    ['abcdefghijklmnop', 'fine'],
    ['a'.repeat(128), 'fine'],
    ['!&#$^<>-!&#$^<>-', 'fine'],
    ['a'.repeat(15), 'InvalidParameterValueException'],
    ['a'.repeat(129), 'InvalidParameterValueException'],
    ['abcdefghijklmno@', 'InvalidParameterValueException'],
    ['abcdefghijklmno p', 'InvalidParameterValueException'],
    ['abcdefghijklmnoé', 'InvalidParameterValueException'],
  ])('%s is %s', (token, expected) => {
    expect(code(() => checkToken(token))).toBe(expected);
  });
});

describe('what a modification leaves', () => {
  test('two rotations in a row take the first token away', () => {
    expect(tokensAfter(['one'], 'two', 'ROTATE')).toEqual(['one', 'two']);
    expect(tokensAfter(['one', 'two'], 'three', 'ROTATE')).toEqual(['two', 'three']);
    expect(tokensAfter(['one', 'two'], 'one', 'ROTATE')).toEqual(['two', 'one']);
    // A second rotation to the same token takes the other one away.
    expect(tokensAfter(['one', 'two'], 'two', 'ROTATE')).toEqual(['two']);
  });
  test('only what was rotated last can be set', () => {
    expect(tokensAfter(['one', 'two'], 'two', 'SET')).toEqual(['two']);
    expect(code(() => tokensAfter(['one', 'two'], 'one', 'SET'))).toBe('InvalidParameterValueException');
    expect(code(() => tokensAfter(['one'], 'two', 'SET'))).toBe('InvalidParameterValueException');
  });
  test('a token is deleted for user groups only, and AUTH is not turned on later', () => {
    expect(code(() => tokensAfter(['one'], 'one', 'DELETE'))).toBe('InvalidParameterValueException');
    expect(code(() => tokensAfter([], 'one', 'ROTATE'))).toBe('UnsupportedOperation');
  });
  test('there are one or two tokens, none twice, and the newest is the one of the last call that was accepted', () => {
    const call = fc.record({
      token: fc.constantFrom('a', 'b', 'c'),
      strategy: fc.constantFrom('ROTATE' as const, 'SET' as const),
    });
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        let tokens: readonly string[] = ['a'];
        for (const { token, strategy } of calls) {
          try {
            tokens = tokensAfter(tokens, token, strategy);
          } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            continue;
          }
          expect(tokens.at(-1)).toBe(token);
          expect(new Set(tokens).size).toBe(tokens.length);
          expect(tokens.length).toBeGreaterThan(0);
          expect(tokens.length).toBeLessThan(3);
        }
      }),
    );
  });
});
