import {
  isAccepted,
  type RingKey,
  signingKeyAt,
} from '../../../../functions/secrets/signing-key/key-ring.ts';
import type { KeyTimes } from '../../../../functions/secrets/signing-key/key-times.ts';
import { publishKey } from '../../../../functions/secrets/signing-key/publish-key.ts';
import { withoutExpired } from '../../../../functions/secrets/signing-key/retire-keys.ts';
import { undoRotation } from '../../../../functions/secrets/signing-key/undo-rotation.ts';

/** A version of the secret, by the true time; everybody's clock is ahead of it, by no more than the skew. */
export interface Version {
  readonly ring: readonly RingKey[];
  readonly currentFrom: number;
  /** The version before it that consumers were redeployed with, or were to be. */
  readonly before: Version | undefined;
  /** Consumers are redeployed with it. */
  readonly rolledOut: boolean;
}

export type Deed =
  | {
      readonly do: 'rotate' | 'undo';
      readonly after: number;
      readonly promotion: number;
      readonly clock: number;
    }
  | { readonly do: 'retire'; readonly after: number; readonly clock: number };

/** Time of the first version. */
const BEGIN = 1_800_000_000_000;

/** What becomes of a secret, deed after deed; each begins so long after the one before has ended. */
export function play(deeds: readonly Deed[], times: KeyTimes, longestPromotion: number): Version[] {
  const versions: Version[] = [
    {
      ring: [{ kid: 'k0', signsFrom: 0, verifiesUntil: Infinity }],
      currentFrom: -Infinity,
      before: undefined,
      rolledOut: true,
    },
  ];
  let at = BEGIN;
  deeds.forEach((deed, index) => {
    at += deed.after;
    const current = versions.at(-1) as Version;
    const now = at + deed.clock * times.clockSkew;
    if (deed.do === 'retire') {
      const ring = withoutExpired(current.ring, now);
      if (ring.length < current.ring.length)
        versions.push({ ring, currentFrom: at, before: current, rolledOut: false });
      return;
    }
    // Undone is the last rotation, whatever was tidied up since.
    const bad = versions.findLast(({ rolledOut }) => rolledOut) as Version;
    const good = bad.before === undefined ? undefined : rolledOutBefore(bad);
    if (deed.do === 'undo' && good === undefined) return;
    const ring =
      deed.do === 'rotate'
        ? publishKey(
            current.ring,
            { kid: `k${index + 1}`, signsFrom: 0, verifiesUntil: Infinity },
            times,
            now,
          )
        : undoRotation((good as Version).ring, current.ring, times, now);
    at += deed.promotion * longestPromotion;
    versions.push({ ring, currentFrom: at, before: current, rolledOut: true });
  });
  return versions;
}

const rolledOutBefore = (version: Version): Version | undefined => {
  let found = version.before;
  while (found !== undefined && !found.rolledOut) found = found.before;
  return found;
};

/** The versions that a consumer may have loaded by an instant (true time), as long as it is redeployed in time. */
export function mayHaveLoaded(versions: readonly Version[], at: number, times: KeyTimes): Version[] {
  return versions.filter((version, index) => {
    if (version.currentFrom > at) return false;
    const successor = versions.slice(index + 1).find(({ rolledOut }) => rolledOut);
    return successor === undefined || at < successor.currentFrom + times.publishedAhead;
  });
}

/** Instants (true time) around which something changes. */
export function instants(versions: readonly Version[], times: KeyTimes): number[] {
  const marks = versions.flatMap(({ ring, currentFrom }) => [
    currentFrom,
    currentFrom + times.publishedAhead,
    ...ring.flatMap(({ signsFrom, verifiesUntil }) => [signsFrom, verifiesUntil]),
  ]);
  return [...new Set(marks)]
    .filter((mark) => mark > 0 && mark < Infinity)
    .flatMap((mark) => [-times.clockSkew - 1, -times.clockSkew, -1, 0, 1].map((step) => mark + step));
}

/** A token that one consumer signs and another one refuses while it lives, in words; undefined when there is none. */
export function refusedToken(versions: readonly Version[], times: KeyTimes): string | undefined {
  const moments = instants(versions, times);
  for (const signed of moments)
    for (const issuer of mayHaveLoaded(versions, signed, times))
      for (const issuersClock of [0, 1]) {
        const issued = signed + issuersClock * times.clockSkew;
        const key = signingKeyAt(issuer.ring, issued);
        if (key === undefined) return `nobody signs at ${signed}`;
        // Verifiers forgive the skew of clocks, as they should.
        const expires = issued + times.longestToken + times.clockSkew;
        const lives = [signed, expires - 1, ...moments.filter((at) => at > signed && at < expires)];
        for (const verified of lives)
          for (const verifier of mayHaveLoaded(versions, verified, times))
            for (const verifiersClock of [0, 1]) {
              const clock = verified + verifiersClock * times.clockSkew;
              if (clock >= expires) continue;
              if (!isAccepted(verifier.ring, key.kid, clock))
                return `${key.kid}, signed at ${signed} (version ${versions.indexOf(issuer)}), is refused at ${verified} (version ${versions.indexOf(verifier)})`;
            }
      }
  return undefined;
}
