import type { SecretOf } from '../../../schemas/secret.ts';
import { consumerFindings } from '../adoption/ask-consumers.ts';
import type { AdoptionFinding } from '../keeper/kind.ts';
import { newestKey, type RingKey, signingKeyAt } from './key-ring.ts';
import { keyTimes } from './key-times.ts';
import type { KeyRing } from './signing-key.ts';
import { forge, mintToken, whyUnusable } from './tokens.ts';

/**
 * Whether every consumer accepts a token under the new key, and one under the key before it as long as that verifies; and refuses a forged
 * one, without which its answers would prove nothing.
 */
export async function proveTokens(
  { keys }: KeyRing,
  secret: SecretOf<'signing-key'>,
  signal: AbortSignal,
): Promise<AdoptionFinding[]> {
  const now = Date.now();
  const { rotation, adoption } = secret;
  const newest = newestKey(keys);
  if (newest === undefined)
    return [{ name: 'newest key', passed: false, measured: 'there is no key that signs, now or later' }];
  const broken = await whyUnusable(newest, now);
  const own: AdoptionFinding = {
    name: 'newest key',
    passed: broken === undefined,
    measured: broken ?? `${newest.kid} signs what its public part verifies`,
  };
  if (adoption === undefined)
    return [
      own,
      {
        name: 'tokens',
        passed: false,
        measured: 'no path is declared (adoption.path) that needs a token; nobody was asked',
      },
    ];
  if (broken !== undefined) return [own];

  const trial = { claims: rotation.claims, clockSkew: keyTimes(rotation).clockSkew };
  const token = await mintToken(newest, trial, now);
  const before = keyBefore(keys, newest, now);
  const headers = (text: string) => ({ [adoption.tokenHeader]: `${adoption.tokenPrefix}${text}` });
  return [
    own,
    ...(await consumerFindings(secret, adoption, signal, [
      { name: `token under the new key ${newest.kid}`, headers: headers(token), accepted: true },
      ...(before === undefined
        ? []
        : [
            {
              name: `token under the key before, ${before.kid}`,
              headers: headers(await mintToken(before, trial, now)),
              accepted: true,
            },
          ]),
      { name: 'token that was forged', headers: headers(forge(token)), accepted: false },
    ])),
  ];
}

/** The key under which tokens live beside the newest one's: the one that signs now, or did before it. */
function keyBefore<Key extends RingKey>(keys: readonly Key[], newest: Key, now: number): Key | undefined {
  const others = keys.filter(({ kid, verifiesUntil }) => kid !== newest.kid && verifiesUntil > now);
  return signingKeyAt(others, now) ?? others[0];
}
