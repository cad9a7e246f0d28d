import { isDeepStrictEqual } from 'node:util';
import { signingKeyAt, stopsSigningAt } from './key-ring.ts';
import { type KeyTimes, loadedBy } from './key-times.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * Why consumers could not go from one ring to the next as they are redeployed one after the other, or undefined when they can: every key
 * that they use is there, the same key signs, and a new one does not sign before everybody can have loaded it.
 */
export function whyNotNext(
  current: readonly SigningKey[],
  pending: readonly SigningKey[],
  times: KeyTimes,
  now: number,
): string | undefined {
  for (const key of current) {
    if (key.verifiesUntil <= now) continue;
    const same = pending.find(({ kid }) => kid === key.kid);
    if (same === undefined) return `the key ${key.kid} is missing, and tokens that it has signed may live`;
    if (same.alg !== key.alg || !isDeepStrictEqual(same.jwk, key.jwk))
      return `the key ${key.kid} is another one than before`;
    if (same.verifiesUntil < Math.min(key.verifiesUntil, livesUntil(pending, same, times)))
      return `the key ${key.kid} stops verifying before its last token has expired`;
  }
  const added = pending.filter(({ kid }) => current.every((key) => key.kid !== kid));
  const [newest] = added;
  if (newest === undefined) return 'there is no new key in it';
  const tooSoon = added.find(({ signsFrom }) => signsFrom < loadedBy(now, times));
  if (tooSoon !== undefined)
    return `the new key ${tooSoon.kid} would sign from ${new Date(tooSoon.signsFrom).toISOString()} on, before every consumer can have loaded it: its making was too long ago`;
  if (signingKeyAt(current, now)?.kid !== signingKeyAt(pending, now)?.kid)
    return 'another key would sign at once';
  return undefined;
}

/** Until when tokens live that a key signs by the rules of a ring. */
function livesUntil(ring: readonly SigningKey[], key: SigningKey, times: KeyTimes): number {
  return stopsSigningAt(ring, key) + times.longestToken + 2 * times.clockSkew;
}
