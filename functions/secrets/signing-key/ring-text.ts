import * as z from 'zod/mini';
import { problems } from '../../step/problems.ts';
import { parseObject, unreadable } from '../keeper/parse.ts';
import { KEY_TYPES, type KeyRing, privateMember, type SigningKey } from './signing-key.ts';

/** Stands for "never" where consumers compare times as texts or as instants. */
const NEVER = '9999-12-31T00:00:00.000Z';

const instant = z.iso.datetime({ offset: true, error: 'must be an instant such as 2026-11-21T03:00:00Z' });

const Key = z
  .looseObject({
    kid: z.string().check(z.minLength(1)),
    alg: z.enum(['HS256', 'HS512', 'RS256', 'ES256', 'EdDSA']),
    createdAt: instant,
    signsFrom: instant,
    verifiesUntil: z.optional(instant),
    jwk: z.looseObject({ kty: z.string() }),
  })
  .check(
    z.refine(({ alg, jwk }) => jwk.kty === KEY_TYPES[alg], {
      error: 'is not of the type that its algorithm needs',
      path: ['jwk', 'kty'],
    }),
    z.refine(({ jwk }) => typeof jwk[privateMember(jwk)] === 'string', {
      error: 'must have its private part: nothing can be signed without it',
      path: ['jwk'],
    }),
  );

const Ring = z.looseObject({ keys: z.array(Key) }).check(
  z.refine(({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length, {
    error: 'must have key ids that differ',
    path: ['keys'],
  }),
);

/**
 * Reads a ring of keys: `{"keys":[{kid, alg, createdAt, signsFrom, verifiesUntil?, jwk}]}`.
 *
 * @param secret the declared name, for the error
 * @throws PreconditionFailed that names the field and quotes nothing
 */
export function parseRing(text: string, secret: string): KeyRing {
  const parsed = z.safeParse(Ring, parseObject(text, secret));
  if (!parsed.success) throw unreadable(secret, `is not a ring of keys (${problems(parsed.error)})`);
  const { keys, ...others } = parsed.data;
  return {
    others,
    keys: keys.map(({ kid, alg, createdAt, signsFrom, verifiesUntil, jwk, ...rest }) => ({
      kid,
      alg,
      createdAt,
      signsFrom: signsFrom >= NEVER ? Infinity : Date.parse(signsFrom),
      verifiesUntil: verifiesUntil === undefined ? Infinity : Date.parse(verifiesUntil),
      jwk,
      others: rest,
    })),
  };
}

/** The ring as it is stored; what the team keeps beside it stays. */
export function formatRing({ keys, others }: KeyRing): string {
  return JSON.stringify({ ...others, keys: keys.map(formatKey) });
}

const formatKey = ({ kid, alg, createdAt, signsFrom, verifiesUntil, jwk, others }: SigningKey) => ({
  ...others,
  kid,
  alg,
  createdAt,
  signsFrom: signsFrom === Infinity ? NEVER : new Date(signsFrom).toISOString(),
  ...(verifiesUntil === Infinity ? {} : { verifiesUntil: new Date(verifiesUntil).toISOString() }),
  jwk,
});
