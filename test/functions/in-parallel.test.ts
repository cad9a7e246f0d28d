import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inParallel } from '../../functions/in-parallel.ts';

it('does everything once, in its order, and never more than so many at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (items, atATime) => {
        let running = 0;
        let most = 0;
        const results = await inParallel(items, atATime, async (turns) => {
          running += 1;
          most = Math.max(most, running);
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          running -= 1;
          return turns * 2;
        });
        expect(results).toEqual(items.map((item) => item * 2));
        expect(most).toBeLessThanOrEqual(atATime);
      },
    ),
    { numRuns: 50 },
  );
});

it('ends with what fails', async () => {
  const work = async (item: number) => {
    if (item === 2) throw new Error('two');
    return item;
  };
  await expect(inParallel([1, 2, 3], 2, work)).rejects.toThrow('two');
});
