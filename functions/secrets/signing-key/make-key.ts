import { randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import type { Algorithm, Jwk, SigningKey } from './signing-key.ts';

/** Length of a symmetric key: that of the algorithm's hash, below which a key must not be (RFC 7518, section 3.2). Bytes. */
const SYMMETRIC_BYTES = { HS256: 32, HS512: 64 } as const;
/** Least length that RFC 7518, section 3.3, allows, and what every verifier bears; keys that are rotated need no more. Bits. */
const RSA_BITS = 2048;

/** A new key, which neither signs nor is published yet. */
export async function makeKey(alg: Algorithm, now: number): Promise<SigningKey> {
  return {
    // Nothing of the key itself: a thumbprint of a symmetric one would be a hash of the secret.
    kid: randomUUID(),
    alg,
    createdAt: new Date(now).toISOString(),
    signsFrom: Infinity,
    verifiesUntil: Infinity,
    jwk: await makeJwk(alg),
    others: {},
  };
}

async function makeJwk(alg: Algorithm): Promise<Jwk> {
  if (alg === 'HS256' || alg === 'HS512')
    return { kty: 'oct', k: randomBytes(SYMMETRIC_BYTES[alg]).toString('base64url') };
  const { privateKey } = await generateKeyPair(alg, {
    extractable: true,
    ...(alg === 'RS256' ? { modulusLength: RSA_BITS } : {}),
  });
  return (await exportJWK(privateKey)) as Jwk;
}
