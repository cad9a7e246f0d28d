import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchItems } from '../../../../sandbox/services/states/batch-items.ts';

test('every item is in one batch, in order, and no batch is larger than told unless one item is', () => {
  const limits = fc.record({
    items: fc.integer({ min: 1, max: 5 }),
    bytes: fc.integer({ min: 20, max: 90 }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      limits,
      fc.option(fc.string(), { nil: undefined }),
      (items, limit, common) => {
        const batches = batchItems(items, limit, common);
        const inputs = batches.map(({ input }) => JSON.parse(input));
        expect(inputs.flatMap(({ Items }) => Items)).toEqual(JSON.parse(JSON.stringify(items)));
        batches.forEach(({ input, items: size }, at) => {
          expect(inputs[at].Items).toHaveLength(size);
          expect(inputs[at].BatchInput).toBe(common);
          expect(size).toBeLessThanOrEqual(limit.items);
          expect(size === 1 || Buffer.byteLength(input) <= limit.bytes).toBe(true);
        });
      },
    ),
  );
});

test('a batch takes all that has room in it', () => {
  const input = JSON.stringify({ Items: ['ü', 'ü'] });
  const bytes = Buffer.byteLength(input);
  expect(batchItems(['ü', 'ü', 'ü'], { bytes }, undefined)).toEqual([
    { input, items: 2 },
    { input: '{"Items":["ü"]}', items: 1 },
  ]);
  expect(batchItems(['ü', 'ü'], { bytes: bytes - 1 }, undefined)).toHaveLength(2);
});
