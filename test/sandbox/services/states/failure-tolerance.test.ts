import { expect, test } from 'vitest';
import { exceedsTolerance } from '../../../../sandbox/services/states/failure-tolerance.ts';

test.each([
  [{}, 0, 10, false],
  [{}, 1, 10, true],
  [{ count: 0 }, 1, 10, true],
  [{ count: 2 }, 2, 10, false],
  [{ count: 2 }, 3, 10, true],
  [{ percentage: 20 }, 2, 10, false],
  [{ percentage: 20 }, 3, 10, true],
  [{ percentage: 33 }, 1, 3, true],
  [{ percentage: 34 }, 1, 3, false],
  [{ percentage: 100 }, 10, 10, false],
  [{ count: 1, percentage: 100 }, 2, 10, true],
  [{ count: 9, percentage: 10 }, 2, 10, true],
  [{ percentage: 0 }, 0, 0, false],
])('of what %j tolerates, %i of %i is too much: %j', (tolerance, failed, total, expected) => {
  expect(exceedsTolerance(tolerance, failed, total)).toBe(expected);
});
