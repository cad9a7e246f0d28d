import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ordered, rotationWaves } from '../../schemas/rotation-waves.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const secrets = fc
  .subarray(NAMES, { minLength: 1 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.record({ name: fc.constant(name), after: fc.subarray(NAMES) }))),
  );

describe('rotationWaves', () => {
  it('puts every secret behind all that it waits for, or finds a circle of which each waits for the next', () => {
    fc.assert(
      fc.property(secrets, (given) => {
        const { waves, cycle } = rotationWaves(given);
        const find = (name: string) => given.find((secret) => secret.name === name) as Ordered;
        if (waves === undefined) {
          expect(cycle.length).toBeGreaterThan(0);
          for (const [place, name] of cycle.entries())
            expect(find(name).after).toContain(cycle[(place + 1) % cycle.length]);
          return;
        }
        expect(waves.flat().toSorted()).toEqual(given.map(({ name }) => name).toSorted());
        const waveOf = (name: string) => waves.findIndex((wave) => wave.includes(name));
        for (const { name, after } of given)
          for (const other of after) if (waveOf(other) >= 0) expect(waveOf(other)).toBeLessThan(waveOf(name));
        // None waits longer than it must.
        for (const [place, wave] of waves.entries())
          for (const name of place === 0 ? [] : wave)
            expect(find(name).after.some((other) => waveOf(other) === place - 1)).toBe(true);
      }),
    );
  });

  it('holds nothing up for a secret that is not rotated', () => {
    expect(rotationWaves([{ name: 'app', after: ['admin'] }])).toEqual({ waves: [['app']] });
  });
});
