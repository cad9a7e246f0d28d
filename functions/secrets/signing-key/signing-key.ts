import type { RotationOf } from '../../../schemas/secret.ts';
import type { RingKey } from './key-ring.ts';

export type Algorithm = RotationOf<'signing-key'>['algorithm'];

/** A JSON web key, private parts included (RFC 7517). */
export type Jwk = Readonly<Record<string, unknown>> & { readonly kty: string };

/** Kind of key that an algorithm needs (RFC 7518, RFC 8037). */
export const KEY_TYPES = {
  HS256: 'oct',
  HS512: 'oct',
  RS256: 'RSA',
  ES256: 'EC',
  EdDSA: 'OKP',
} as const satisfies Record<Algorithm, string>;

/** A key of a ring. */
export interface SigningKey extends RingKey {
  readonly alg: Algorithm;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly jwk: Jwk;
  /** Fields of the team's own. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** Value of a secret of this kind. */
export interface KeyRing {
  readonly keys: readonly SigningKey[];
  /** Fields of the team's own. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** Members of a key that everybody may know, by its type; a symmetric one has none. */
const PUBLIC_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['kty', 'n', 'e'],
  EC: ['kty', 'crv', 'x', 'y'],
  OKP: ['kty', 'crv', 'x'],
};

/** The public part of a key, of members that are known to be public alone; undefined where there is none. */
export function publicPart(jwk: Jwk): Jwk | undefined {
  const members = PUBLIC_MEMBERS[jwk.kty];
  if (members === undefined) return undefined;
  return Object.fromEntries(members.map((member) => [member, jwk[member]])) as Jwk;
}

/** The member in which the secret of a key lies. */
export const privateMember = (jwk: Pick<Jwk, 'kty'>): string => (jwk.kty === 'oct' ? 'k' : 'd');
