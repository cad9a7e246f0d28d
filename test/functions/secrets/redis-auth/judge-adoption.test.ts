import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeConnections } from '../../../../functions/secrets/redis-auth/judge-adoption.ts';

const at = (ageSeconds: number, index = 0) => ({
  id: String(index),
  address: `10.0.0.1:${index}`,
  name: '',
  ageSeconds,
});
const passed = (...given: Parameters<typeof judgeConnections>) =>
  judgeConnections(...given).map((finding) => finding.passed);

describe('connections', () => {
  test.each<[string, number[], number, number, boolean[]]>([
    ['none', [], 60, 1, [false, true]],
    ['none, and nobody who could', [], 60, 0, [true, true]],
    ['all since', [59, 3], 60, 2, [true, true]],
    ['one from before', [59, 62], 60, 2, [true, false]],
    ['all from before', [100], 60, 1, [false, false]],
    ['one of that second', [61], 60, 1, [true, true]],
    ['one of unknown age', [Number.NaN], 60, 1, [false, false]],
    ['a clock that runs ahead', [10], -5, 1, [false, false]],
  ])('%s', (_what, ages, elapsed, consumers, expected) => {
    expect(passed(ages.map(at), elapsed, consumers)).toEqual(expected);
  });

  test('from before are named, as many as one can read', () => {
    const [, old] = judgeConnections(
      Array.from({ length: 8 }, (_, index) => ({ ...at(100, index), name: index === 0 ? 'worker' : '' })),
      60,
      1,
    );
    expect(old?.measured).toBe(
      '8, none expected: worker at 10.0.0.1:0, 10.0.0.1:1, 10.0.0.1:2, 10.0.0.1:3, 10.0.0.1:4 and 3 more',
    );
  });

  test('of before and since are all of them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), fc.nat(1000), (ages, elapsed) => {
        const older = ages.filter((age) => age > elapsed + 1).length;
        expect(passed(ages.map(at), elapsed, 1)).toEqual([ages.length - older > 0, older === 0]);
      }),
    );
  });
});
