import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName, unknownName } from '../../schemas/nearest-name.ts';

describe('nearestName', () => {
  it.each([
    ['apo', ['api', 'worker'], 'api'],
    ['wroker', ['api', 'worker'], 'worker'],
    ['API', ['api'], 'api'],
    ['zzzzzz', ['api', 'worker'], undefined],
    ['x', [], undefined],
  ])('finds what was meant by %s', (found, allowed, expected) => {
    expect(nearestName(found, allowed)).toBe(expected);
  });

  it('always finds a name that is allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (names, index) => {
        const name = names[index % names.length] as string;
        expect(nearestName(name, names)?.toLowerCase()).toBe(name.toLowerCase());
      }),
    );
  });

  it('measures a distance: symmetric, and nothing only between equals', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        expect(editDistance(left, right)).toBe(editDistance(right, left));
        expect(editDistance(left, right) === 0).toBe(left === right);
      }),
    );
  });

  it('says what is known when nothing is near', () => {
    expect(unknownName('service', 'zzzzzz', ['worker', 'api'])).toBe(
      '"zzzzzz" is not a service. Known: api, worker.',
    );
  });
});
