import { newestKey, type RingKey } from './key-ring.ts';
import type { KeyTimes } from './key-times.ts';

/** The keys of which tokens may still live. */
export function withoutExpired<Key extends RingKey>(ring: readonly Key[], now: number): Key[] {
  return ring.filter(({ verifiesUntil }) => verifiesUntil > now);
}

/** The newest key alone, which signs at once on everybody's clock: whatever was signed with another is void. */
export function newestAlone<Key extends RingKey>(
  ring: readonly Key[],
  { clockSkew }: KeyTimes,
  now: number,
): Key[] {
  const newest = newestKey(ring);
  if (newest === undefined) return [];
  return [{ ...newest, signsFrom: Math.min(newest.signsFrom, now - clockSkew), verifiesUntil: Infinity }];
}
