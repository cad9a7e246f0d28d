import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesWildcard } from '../../sandbox/wildcard.ts';

describe('a wildcard', () => {
  test.each([
    ['*', '', true],
    ['a*c', 'abbbc', true],
    ['a*c', 'ac', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a.c', 'abc', false],
    ['a+(b)[c]{d}^$|\\', 'a+(b)[c]{d}^$|\\', true],
    ['a*', 'a\nb', true],
    ['ABC', 'abc', false],
  ])('%j of %j: %s', (pattern, text, matches) => {
    expect(matchesWildcard(pattern, text)).toBe(matches);
  });

  test('can look past upper and lower case', () => {
    expect(matchesWildcard('ECS:update*', 'ecs:UpdateService', { ignoreCase: true })).toBe(true);
  });

  test('without wildcards matches only itself', () => {
    const text = fc.string().filter((value) => !/[*?]/.test(value));
    fc.assert(fc.property(text, text, (left, right) => matchesWildcard(left, right) === (left === right)));
  });
});
