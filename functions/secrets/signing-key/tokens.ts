import { randomBytes, randomUUID } from 'node:crypto';
import { importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { publicPart, type SigningKey } from './signing-key.ts';

/** A token that is tried on consumers lives no longer than the trying, in seconds. */
const TRIAL_SECONDS = 60;

/** What a trial token says beside its own claims. */
export interface Trial {
  readonly claims: Readonly<Record<string, string | number | boolean>>;
  /** How far the consumers' clocks may be off, in milliseconds. */
  readonly clockSkew: number;
}

/** A token under a key, whatever its time to sign: for a consumer to accept or refuse. It lives for a moment. */
export async function mintToken(
  { kid, alg, jwk }: SigningKey,
  { claims, clockSkew }: Trial,
  now: number,
): Promise<string> {
  const seconds = (time: number) => Math.floor(time / 1000);
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setJti(randomUUID())
    .setIssuedAt(seconds(now - clockSkew))
    .setExpirationTime(seconds(now + clockSkew) + TRIAL_SECONDS)
    .sign(await importJWK(jwk as JWK, alg));
}

/** The same token with a signature that no key has made. */
export function forge(token: string): string {
  const [head, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url').length;
  return [head, payload, randomBytes(bytes).toString('base64url')].join('.');
}

/**
 * Why what a key signs is not verified by its own public part, or undefined when it is: a key that was stored broken. Nothing of the key
 * is in the words.
 */
export async function whyUnusable(key: SigningKey, now: number): Promise<string | undefined> {
  try {
    const token = await mintToken(key, { claims: {}, clockSkew: 0 }, now);
    const verifying = await importJWK((publicPart(key.jwk) ?? key.jwk) as JWK, key.alg);
    await jwtVerify(token, verifying, { algorithms: [key.alg], currentDate: new Date(now) });
    return undefined;
  } catch {
    return `the key ${key.kid} cannot sign what its own public part verifies`;
  }
}
