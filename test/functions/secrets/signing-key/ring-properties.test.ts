import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestKey, signingKeyAt } from '../../../../functions/secrets/signing-key/key-ring.ts';
import {
  type KeyTimes,
  loadedBy,
  willBeLoadedBy,
} from '../../../../functions/secrets/signing-key/key-times.ts';
import { newestAlone } from '../../../../functions/secrets/signing-key/retire-keys.ts';
import { undoRotation } from '../../../../functions/secrets/signing-key/undo-rotation.ts';
import { type Deed, play, refusedToken, type Version } from './consumers-model.ts';

const minutes = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((count) => count * 60_000);
const times: fc.Arbitrary<KeyTimes> = fc.record({
  longestToken: minutes(1, 300),
  publishedAhead: minutes(1, 90),
  clockSkew: fc.integer({ min: 0, max: 600 }).map((seconds) => seconds * 1000),
});
const part = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
const soonOrLate = fc.oneof(fc.constantFrom(0, 1), minutes(0, 10), minutes(0, 120), minutes(0, 1000));
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('rotate' as const, 'undo' as const),
      after: soonOrLate,
      promotion: part,
      clock: part,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('retire' as const), after: soonOrLate, clock: part }),
  },
);
const longestPromotion = (some: KeyTimes) => willBeLoadedBy(0, some) - loadedBy(0, some);

describe('a ring of keys', () => {
  it('lets every consumer accept what any other has signed, until it expires, whatever is done and whenever', () => {
    fc.assert(
      fc.property(times, fc.array(deed, { minLength: 1, maxLength: 5 }), (some, deeds) => {
        const versions = play(deeds, some, longestPromotion(some));
        expect(refusedToken(versions, some)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('has its earlier key sign again once a rotation is undone, whenever that is, and the new one never more', () => {
    fc.assert(
      fc.property(times, fc.array(deed, { maxLength: 3 }), soonOrLate, (some, deeds, after) => {
        const before = play([...deeds, { do: 'rotate', after: 0, promotion: 0, clock: 0 }], some, 0);
        const [good, bad] = before.slice(-2) as [Version, Version];
        const now = bad.currentFrom + after;
        const ring = undoRotation(good.ring, bad.ring, some, now);
        const loaded = willBeLoadedBy(now, some);
        const added = bad.ring.filter(({ kid }) => !good.ring.some((key) => key.kid === kid));
        for (let at = loaded; at < loaded + 4 * some.publishedAhead; at += some.publishedAhead) {
          expect(signingKeyAt(ring, at)?.kid).not.toBe(added[0]?.kid);
          expect(signingKeyAt(ring, at)?.kid).toBe(signingKeyAt(good.ring, at)?.kid);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('holds no more than two keys when rotations are far apart', () => {
    fc.assert(
      fc.property(times, fc.array(part, { minLength: 3, maxLength: 6 }), (some, parts) => {
        const versions = play(
          parts.map((promotion) => ({ do: 'rotate', after: 30 * 86_400_000, promotion, clock: promotion })),
          some,
          longestPromotion(some),
        );
        expect(versions.at(-1)?.ring).toHaveLength(2);
      }),
      { numRuns: 50 },
    );
  });

  it('is the newest key alone, and that one signs, when everything else is void', () => {
    fc.assert(
      fc.property(times, fc.array(deed, { maxLength: 4 }), soonOrLate, (some, deeds, after) => {
        const { ring, currentFrom } = play(deeds, some, longestPromotion(some)).at(-1) as Version;
        const now = Math.max(currentFrom, 0) + after + 1;
        const alone = newestAlone(ring, some, now);
        expect(alone.map(({ kid }) => kid)).toEqual([newestKey(ring)?.kid]);
        expect(signingKeyAt(alone, now - some.clockSkew)).toBe(alone[0]);
        expect(newestAlone(alone, some, now + after)).toEqual(alone);
      }),
      { numRuns: 100 },
    );
  });
});
