import type { RotationOf } from '../../../schemas/secret.ts';

/** Times of a ring of keys, in milliseconds. */
export interface KeyTimes {
  /** Life of the longest token. */
  readonly longestToken: number;
  /** So long consumers have, once a ring is current, to load it. */
  readonly publishedAhead: number;
  /** How far two clocks may be apart, the keeper's among them. */
  readonly clockSkew: number;
}

/** From the making of a ring until it is current: four calls of some seconds each, and the waits of Lambda's two retries between them. */
const LONGEST_PROMOTION_MILLISECONDS = 300_000;
/** Keys that are published for a moment only, as in a rehearsal, are made current as quickly. */
const SHORTEST_PROMOTION_MILLISECONDS = 10_000;

export function keyTimes(rotation: RotationOf<'signing-key'>): KeyTimes {
  return {
    longestToken: rotation.longestTokenSeconds * 1000,
    publishedAhead: rotation.publishedAheadSeconds * 1000,
    clockSkew: rotation.clockSkewSeconds * 1000,
  };
}

/** By when a ring that is current at `current` has been loaded by every consumer, on everybody's clock. */
export const loadedBy = (current: number, { publishedAhead, clockSkew }: KeyTimes): number =>
  current + publishedAhead + clockSkew;

/** By when a ring that is made now, and then promoted, has been loaded by every consumer, on everybody's clock. */
export const willBeLoadedBy = (now: number, times: KeyTimes): number =>
  loadedBy(now + longestPromotion(times), times);

const longestPromotion = ({ publishedAhead }: KeyTimes): number =>
  Math.min(LONGEST_PROMOTION_MILLISECONDS, Math.max(SHORTEST_PROMOTION_MILLISECONDS, publishedAhead));

/**
 * Until when a key verifies that signs until `stops`: the last token has expired then, also for whoever forgives the skew of clocks. And
 * until then a rotation can be undone, whose consumers must know the key for as long as they need to load what is put back.
 */
export const verifiesAfter = (stops: number, times: KeyTimes): number =>
  stops + Math.max(times.longestToken, willBeLoadedBy(0, times)) + 2 * times.clockSkew;
