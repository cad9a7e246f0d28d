import { newestKey, type RingKey, stopsSigningAt } from './key-ring.ts';
import { type KeyTimes, verifiesAfter, willBeLoadedBy } from './key-times.ts';
import { withoutExpired } from './retire-keys.ts';

/**
 * The ring with a new key. It is published before it signs, so that every consumer knows it before anybody uses it; the one before
 * signs until then, and verifies until its last token has expired.
 */
export function publishKey<Key extends RingKey>(
  ring: readonly Key[],
  made: Key,
  times: KeyTimes,
  now: number,
): Key[] {
  const kept = withoutExpired(ring, now);
  // A further rotation comes after the one before it, also when that one's key has not signed yet.
  const signsFrom = Math.max(willBeLoadedBy(now, times), (newestKey(kept)?.signsFrom ?? 0) + 1);
  const published = [{ ...made, signsFrom, verifiesUntil: Infinity }, ...kept];
  return published.map((key) => {
    const stops = stopsSigningAt(published, key);
    return stops === Infinity || key.verifiesUntil !== Infinity
      ? key
      : { ...key, verifiesUntil: verifiesAfter(stops, times) };
  });
}
