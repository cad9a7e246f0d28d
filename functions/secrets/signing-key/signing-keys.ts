import { isDeepStrictEqual } from 'node:util';
import { PreconditionFailed, VerificationFailed } from '../../errors.ts';
import type { SecretKind } from '../keeper/kind.ts';
import { inspectRing, MOST_KEYS } from './inspect-ring.ts';
import { whyNotNext } from './judge-pending.ts';
import { newestKey, signingKeyAt } from './key-ring.ts';
import { publishKeySet } from './key-set.ts';
import { keyTimes } from './key-times.ts';
import { makeKey } from './make-key.ts';
import { proveTokens } from './prove-tokens.ts';
import { publishKey } from './publish-key.ts';
import { newestAlone, withoutExpired } from './retire-keys.ts';
import { formatRing, parseRing } from './ring-text.ts';
import type { KeyRing } from './signing-key.ts';
import { whyUnusable } from './tokens.ts';
import { undoRotation } from './undo-rotation.ts';

/** Keys that sign and verify JSON web tokens (P-41). */
export const signingKeys: SecretKind<'signing-key', KeyRing> = {
  kind: 'signing-key',
  parse: (text, { name }) => parseRing(text, name),
  format: formatRing,

  async next(current, { secret }) {
    const now = Date.now();
    const { algorithm } = secret.rotation;
    const keys = publishKey(current.keys, await makeKey(algorithm, now), keyTimes(secret.rotation), now);
    if (keys.length > MOST_KEYS)
      throw new PreconditionFailed(
        `${secret.name} would hold ${keys.length} keys, of which tokens may live; at most ${MOST_KEYS} are kept. Nothing was changed. Rotate it again once the oldest one verifies no more.`,
      );
    return { ...current, keys };
  },

  /** Verifiers that do not read the secret learn of the new key before anybody signs with it. */
  async set({ pending }, { secret }) {
    await publishKeySet(secret.name, pending.keys, Date.now());
  },

  async test({ current, pending }, { secret }) {
    const now = Date.now();
    // The same one twice: Secrets Manager only tries its configuration.
    const problem =
      pending === current
        ? undefined
        : whyNotNext(current.keys, pending.keys, keyTimes(secret.rotation), now);
    const newest = newestKey(pending.keys);
    const why = problem ?? (newest === undefined ? 'no key of it signs' : await whyUnusable(newest, now));
    if (why === undefined) return;
    throw new VerificationFailed(
      `The pending keys of ${secret.name} are not good: ${why}. Nothing was promoted, and consumers go on with the current keys. Rotate the secret again.`,
    );
  },

  async inspect({ keys }, { secret }) {
    return await inspectRing(keys, secret, Date.now());
  },

  async proveAdoption({ current }, _since, { secret, signal }) {
    return await proveTokens(current, secret, signal);
  },

  async putBack({ good, bad }, { secret }) {
    const now = Date.now();
    const times = keyTimes(secret.rotation);
    const signer = signingKeyAt(good.keys, now);
    if (signer === undefined)
      throw new PreconditionFailed(
        `The earlier version of ${secret.name} has no key that signs. Nothing was put back. Rotate the secret instead.`,
      );
    const why = await whyUnusable(signer, now);
    if (why !== undefined)
      throw new PreconditionFailed(
        `The earlier version of ${secret.name} is not good: ${why}. Nothing was put back. Rotate the secret instead.`,
      );
    const keys = undoRotation(good.keys, bad.keys, times, now);
    await publishKeySet(secret.name, keys, now);
    const signs =
      signingKeyAt(keys, now)?.kid === signer.kid
        ? `The key ${signer.kid} signs again`
        : `The key ${signer.kid} is published again, and signs again from ${begin(keys, signer.kid)} on, when every consumer can have loaded it`;
    const done = `${signs}; keys that others may have signed with verify until those tokens have expired.`;
    if (isDeepStrictEqual(keys, good.keys)) return { done };
    return { done, value: { ...good, keys } };
  },

  async retire({ current }, { endSessions }, { secret }) {
    const now = Date.now();
    const keys = endSessions
      ? newestAlone(current.keys, keyTimes(secret.rotation), now)
      : withoutExpired(current.keys, now);
    const gone = current.keys.filter(({ kid }) => keys.every((key) => key.kid !== kid));
    if (isDeepStrictEqual(keys, current.keys)) return { done: whyNothing(current, now) };
    await publishKeySet(secret.name, keys, now);
    const names = gone.map(({ kid }) => kid).join(', ');
    return {
      done: endSessions
        ? `Of the keys of ${secret.name} only the newest is left, and signs at once; gone: ${names || 'none'}. Consumers refuse what the others have signed once they are redeployed.`
        : `Took ${names} out of ${secret.name}: the last token of it has expired.`,
      value: { ...current, keys },
    };
  },
};

const begin = (keys: KeyRing['keys'], kid: string): string =>
  new Date(keys.find((key) => key.kid === kid)?.signsFrom ?? 0).toISOString();

function whyNothing({ keys }: KeyRing, now: number): string {
  const waiting = keys.filter(({ verifiesUntil }) => verifiesUntil > now && verifiesUntil !== Infinity);
  if (waiting.length === 0) return 'There is no old key.';
  return `No key was taken out: tokens may live of ${waiting
    .map(({ kid, verifiesUntil }) => `${kid} (until ${new Date(verifiesUntil).toISOString()})`)
    .join(', ')}. Consumers refuse them from then on by themselves, and the next rotation takes them out.`;
}
