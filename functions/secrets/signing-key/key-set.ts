import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { client } from '../../clients.ts';
import { environment } from '../../environment.ts';
import { publicPart, type SigningKey } from './signing-key.ts';

const s3 = client(S3Client);

/** A JSON Web Key Set (RFC 7517, section 5): public keys alone. */
export interface KeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** Where the public keys of a secret lie in the report bucket. */
export const keySetKey = (secret: string): string => `jwks/${secret}.json`;

/** The public keys of whatever may have to be verified now or later; undefined where every key is symmetric: nothing of it is public. */
export function keySetOf(keys: readonly SigningKey[], now: number): KeySet | undefined {
  const asymmetric = keys.flatMap((key) => {
    const part = publicPart(key.jwk);
    return part === undefined ? [] : [{ key, part }];
  });
  if (asymmetric.length === 0) return undefined;
  return {
    keys: asymmetric
      .filter(({ key }) => key.verifiesUntil > now)
      .map(({ key, part }) => ({ ...part, kid: key.kid, alg: key.alg, use: 'sig' })),
  };
}

/** Publishes the public keys, for verifiers that do not read the secret. Returns whether there are any. */
export async function publishKeySet(
  secret: string,
  keys: readonly SigningKey[],
  now: number,
): Promise<boolean> {
  const set = keySetOf(keys, now);
  if (set === undefined) return false;
  await s3().send(
    new PutObjectCommand({
      Bucket: environment('reportBucket'),
      Key: keySetKey(secret),
      ContentType: 'application/jwk-set+json',
      Body: JSON.stringify(set),
    }),
  );
  return true;
}
