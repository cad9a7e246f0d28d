import { type RingKey, signingKeyAt, stopsSigningAt } from './key-ring.ts';
import { type KeyTimes, verifiesAfter, willBeLoadedBy } from './key-times.ts';

/**
 * The ring that takes a rotation back: keys of the good ring sign as they did before, and what may have been signed with keys of the bad
 * one is accepted until it expires, because consumers go on with the bad ring until they have loaded this one.
 *
 * Where those consumers know the good ring's key no more (the rotation was long ago), it is published like a new one: the bad ring's key
 * signs until everybody has loaded it.
 */
export function undoRotation<Key extends RingKey>(
  good: readonly Key[],
  bad: readonly Key[],
  times: KeyTimes,
  now: number,
): Key[] {
  const loaded = willBeLoadedBy(now, times);
  const signer = signingKeyAt(good, now);
  const signerOfBad = signingKeyAt(bad, now);
  const isKnown = ({ kid }: RingKey) =>
    kid === signerOfBad?.kid ||
    bad.some((key) => key.kid === kid && key.verifiesUntil >= loaded + times.clockSkew);
  /** Whether the good ring has a key sign from now on, or later. */
  const isToSign = ({ signsFrom }: RingKey) =>
    signsFrom !== Infinity && signsFrom >= (signer?.signsFrom ?? 0);
  const bridged = signer !== undefined && !isKnown(signer);

  const begins = (key: Key): number => {
    const inGood = good.find(({ kid }) => kid === key.kid);
    if (inGood !== undefined && isToSign(inGood))
      return isKnown(inGood) ? inGood.signsFrom : Math.max(inGood.signsFrom, loaded);
    if (!bridged) return inGood?.signsFrom ?? Infinity;
    const { signsFrom } = bad.find(({ kid }) => kid === key.kid) ?? key;
    return signsFrom < loaded ? signsFrom : Infinity;
  };
  const scheduled = [...good, ...bad.filter(({ kid }) => !good.some((key) => key.kid === kid))].map(
    (key) => ({
      ...key,
      signsFrom: begins(key),
    }),
  );
  return scheduled.flatMap((key) => {
    const { kid } = key;
    const last = Math.max(
      ...[good, bad].map((ring) => lastUse(ring, kid, times, { now, until: loaded })),
      lastUse(scheduled, kid, times, { now, until: Infinity }),
    );
    if (last === Infinity) return [{ ...key, verifiesUntil: Infinity }];
    if (last === -Infinity) return isOver(key, bad, now) ? [] : [key];
    const needed = verifiesAfter(last, times);
    return [
      {
        ...key,
        verifiesUntil: key.verifiesUntil === Infinity ? needed : Math.max(key.verifiesUntil, needed),
      },
    ];
  });
}

/** The last time at which a consumer may sign with a key, of those who follow a ring from now until an instant. */
function lastUse(
  ring: readonly RingKey[],
  kid: string,
  { clockSkew }: KeyTimes,
  { now, until }: { readonly now: number; readonly until: number },
): number {
  const key = ring.find((one) => one.kid === kid);
  if (key === undefined || key.signsFrom === Infinity || key.signsFrom > until + clockSkew) return -Infinity;
  const stops = stopsSigningAt(ring, key);
  return stops < now - clockSkew ? -Infinity : Math.min(stops, until);
}

/** Nothing that a key has signed lives: it was never used, or its time to verify is over. */
function isOver(key: RingKey, bad: readonly RingKey[], now: number): boolean {
  if (key.verifiesUntil !== Infinity) return key.verifiesUntil <= now;
  return key.signsFrom === Infinity && (bad.find(({ kid }) => kid === key.kid)?.signsFrom ?? 0) > now;
}
