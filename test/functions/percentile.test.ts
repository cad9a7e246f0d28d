import fc from 'fast-check';
import { expect, it } from 'vitest';
import { percentile } from '../../functions/percentile.ts';

it('was measured, and the right share does not exceed it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: 1 }),
      fc.integer({ min: 0, max: 100 }),
      (values, percent) => {
        const result = percentile(values, percent);
        expect(values).toContain(result);
        const share = (limit: (value: number) => boolean) => values.filter(limit).length / values.length;
        expect(share((value) => value <= result)).toBeGreaterThanOrEqual(percent / 100 - 1e-12);
        // Nothing smaller would do.
        expect(share((value) => value < result)).toBeLessThanOrEqual(percent / 100 + 1e-12);
      },
    ),
  );
});

it('of nothing is no number', () => {
  expect(percentile([], 50)).toBeNaN();
});
