import type { SecretOf } from '../../../schemas/secret.ts';
import type { Inspection } from '../keeper/kind.ts';
import { newestKey, signingKeyAt } from './key-ring.ts';
import type { SigningKey } from './signing-key.ts';
import { whyUnusable } from './tokens.ts';

/** Secrets Manager takes 65,536 bytes; so many RSA keys, some 1,700 bytes each, fit well. */
export const MOST_KEYS = 24;

/** What a plan says of a ring: ids and times, nothing of a key. */
export async function inspectRing(
  keys: readonly SigningKey[],
  { name, rotation, adoption }: Pick<SecretOf<'signing-key'>, 'name' | 'rotation' | 'adoption'>,
  now: number,
): Promise<Inspection> {
  const signing = signingKeyAt(keys, now);
  const newest = newestKey(keys);
  const verifying = keys.filter(({ verifiesUntil }) => verifiesUntil > now);
  const broken = signing === undefined ? undefined : await whyUnusable(signing, now);
  return {
    facts: {
      algorithm: rotation.algorithm,
      signing: signing?.kid ?? 'none',
      verifying: verifying.map(({ kid }) => kid),
      ...(newest === undefined || newest === signing
        ? {}
        : { next: newest.kid, nextSignsFrom: new Date(newest.signsFrom).toISOString() }),
    },
    obstacles:
      verifying.length >= MOST_KEYS
        ? [
            `${name} holds ${verifying.length} keys of which tokens may live, as many as are kept. Rotate it once the oldest one verifies no more.`,
          ]
        : [],
    warnings: [
      ...(signing === undefined ? [`${name} holds no key that signs now.`] : []),
      ...(broken === undefined ? [] : [`Now ${broken}: consumers cannot sign.`]),
      ...(newest !== undefined && newest.signsFrom > now
        ? [`The key of the last rotation signs only from ${new Date(newest.signsFrom).toISOString()} on.`]
        : []),
      ...(signing !== undefined && signing.alg !== rotation.algorithm
        ? [
            `The new key is for ${rotation.algorithm}, where ${signing.alg} was used: every consumer must verify both.`,
          ]
        : []),
      ...(adoption === undefined
        ? ['No path of its consumers is declared that needs a token, so adoption cannot be proved.']
        : []),
    ],
  };
}
