import { createHmac } from 'node:crypto';
import type { KeyedHash } from './fingerprint-facts.ts';

/** Values such as `true` are guessed in no time by whoever can guess the key. Characters. */
const SHORTEST_KEY = 32;
/** So much of a hash tells two values apart as well as all of it. Bytes. */
const HASH_BYTES = 16;
const KEY_NAME_BYTES = 6;

/** A way to hash, and what its key is known by. */
export interface HashKey {
  readonly name: string;
  readonly hash: KeyedHash;
}

/** Makes hashes with the text of a secret; undefined where it is too short to keep anything secret. */
export function hashKey(secret: string): HashKey | undefined {
  const key = secret.trim();
  if (key.length < SHORTEST_KEY) return undefined;
  const mac = (text: string, bytes: number) =>
    createHmac('sha256', key).update(text).digest().subarray(0, bytes).toString('base64url');
  return {
    name: mac('name of the key', KEY_NAME_BYTES),
    hash: (name, value) => mac(`value\0${name}\0${value}`, HASH_BYTES),
  };
}
