import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';

/** The keys that a team makes for its tokens before Nightshift ever rotates them. */
export async function firstKeys(now: Date): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const createdAt = now.toISOString();
  const key = { kid: randomUUID(), alg: 'ES256', createdAt, signsFrom: createdAt };
  return JSON.stringify({ keys: [{ ...key, jwk: await exportJWK(privateKey) }] });
}
