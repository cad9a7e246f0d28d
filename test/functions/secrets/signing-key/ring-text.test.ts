import { describe, expect, it } from 'vitest';
import { keySetOf } from '../../../../functions/secrets/signing-key/key-set.ts';
import { makeKey } from '../../../../functions/secrets/signing-key/make-key.ts';
import { formatRing, parseRing } from '../../../../functions/secrets/signing-key/ring-text.ts';
import { publicPart } from '../../../../functions/secrets/signing-key/signing-key.ts';
import { forge, mintToken, whyUnusable } from '../../../../functions/secrets/signing-key/tokens.ts';

const ALGORITHMS = ['HS256', 'HS512', 'RS256', 'ES256', 'EdDSA'] as const;
const SECRET = 'very-secret-indeed-0123456789';
const good = {
  kid: 'k1',
  alg: 'HS256',
  createdAt: '2026-11-21T03:00:00Z',
  signsFrom: '2026-11-21T04:00:00+01:00',
  jwk: { kty: 'oct', k: SECRET },
};
const ringOf = (...keys: unknown[]) => JSON.stringify({ keys });

describe('the text of a ring', () => {
  it('is read, and stored with everything that the team keeps beside it', () => {
    const text = JSON.stringify({
      note: 'ours',
      keys: [
        { ...good, owner: 'ada' },
        { ...good, kid: 'k2', signsFrom: '9999-12-31T00:00:00.000Z', verifiesUntil: '2027-01-01T00:00:00Z' },
      ],
    });
    const ring = parseRing(text, 'jwt');
    expect(ring.keys).toMatchObject([
      { kid: 'k1', signsFrom: Date.UTC(2026, 10, 21, 3), verifiesUntil: Infinity, others: { owner: 'ada' } },
      { kid: 'k2', signsFrom: Infinity, verifiesUntil: Date.UTC(2027, 0, 1) },
    ]);
    expect(JSON.parse(formatRing(ring))).toEqual({
      note: 'ours',
      keys: [
        { ...good, owner: 'ada', signsFrom: '2026-11-21T03:00:00.000Z' },
        {
          ...good,
          kid: 'k2',
          signsFrom: '9999-12-31T00:00:00.000Z',
          verifiesUntil: '2027-01-01T00:00:00.000Z',
        },
      ],
    });
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['no JSON', SECRET, 'is not JSON'],
    ['broken JSON', `{"keys":["${SECRET}`, 'is not JSON'],
    ['a list', JSON.stringify([SECRET]), 'is JSON, but not an object'],
    ['no keys', JSON.stringify({ key: SECRET }), '(keys: '],
    ['keys that are a text', JSON.stringify({ keys: SECRET }), '(keys: '],
    ['a key without id', ringOf({ ...good, kid: undefined }), '(keys.0.kid: '],
    ['a key with an empty id', ringOf({ ...good, kid: '' }), '(keys.0.kid: '],
    ['an unknown algorithm', ringOf({ ...good, alg: SECRET }), '(keys.0.alg: '],
    ['no algorithm at all', ringOf({ ...good, alg: 'none' }), '(keys.0.alg: '],
    [
      'a time that is none',
      ringOf(good, { ...good, kid: 'k2', signsFrom: SECRET }),
      '(keys.1.signsFrom: must be an instant',
    ],
    [
      'an end that is none',
      ringOf({ ...good, verifiesUntil: 12 }),
      '(keys.0.verifiesUntil: must be an instant',
    ],
    ['a key of another type', ringOf({ ...good, alg: 'ES256' }), '(keys.0.jwk.kty: is not of the type'],
    [
      'a key without private part',
      ringOf({ ...good, jwk: { kty: 'oct' } }),
      '(keys.0.jwk: must have its private part',
    ],
    ['one id twice', ringOf(good, good), '(keys: must have key ids that differ'],
  ])('that holds %s is refused with the field, and nothing of it is quoted', (_, text, why) => {
    const read = () => parseRing(text, 'jwt');
    expect(read).toThrow(
      expect.objectContaining({ name: 'PreconditionFailed', message: expect.stringContaining(why) }),
    );
    expect(read).not.toThrow(SECRET);
  });
});

describe('a key', () => {
  it.each(ALGORITHMS)(
    'for %s signs what it verifies; another one does not, and no forged token is verified',
    async (alg) => {
      const key = await makeKey(alg, Date.now());
      expect(await whyUnusable(key, Date.now())).toBeUndefined();
      const other = await makeKey(alg, Date.now());
      const mixed = alg.startsWith('HS')
        ? { kty: 'oct' as const, k: 5 }
        : ({ ...other.jwk, ...publicPart(key.jwk) } as typeof key.jwk);
      const why = await whyUnusable({ ...key, jwk: mixed }, Date.now());
      expect(why).toBe(`the key ${key.kid} cannot sign what its own public part verifies`);

      const token = await mintToken(key, { claims: {}, clockSkew: 0 }, Date.now());
      const forged = forge(token);
      expect(forged).not.toBe(token);
      expect(forged).toHaveLength(token.length);
      expect(forged.split('.').slice(0, 2)).toEqual(token.split('.').slice(0, 2));
    },
  );

  it('cannot have its times set by declared claims', async () => {
    const key = await makeKey('HS256', 0);
    const claims = { exp: 99_999_999_999, iat: 1, jti: 'x', nbf: 5, iss: 'shop' };
    const token = await mintToken(key, { claims, clockSkew: 30_000 }, 1_800_000_000_000);
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toEqual({
      iss: 'shop',
      nbf: 5,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: 1_800_000_000 - 30,
      exp: 1_800_000_000 + 30 + 60,
    });
  });
});

describe('the key set', () => {
  it.each(ALGORITHMS)('has of %s what everybody may know', async (alg) => {
    const key = await makeKey(alg, 0);
    const set = keySetOf([key, { ...key, kid: 'expired', verifiesUntil: 5 }], 5);
    if (alg.startsWith('HS')) return expect(set).toBeUndefined();
    expect(set?.keys).toHaveLength(1);
    const [published] = set?.keys ?? [];
    expect(published).toMatchObject({ kid: key.kid, alg, use: 'sig', kty: key.jwk.kty });
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'])
      expect(published).not.toHaveProperty(member);
  });

  it('leaves symmetric keys out where there are others, and is empty when those are gone', async () => {
    const symmetric = await makeKey('HS256', 0);
    const asymmetric = await makeKey('ES256', 0);
    expect(keySetOf([symmetric, asymmetric], 0)?.keys.map(({ kid }) => kid)).toEqual([asymmetric.kid]);
    expect(keySetOf([symmetric, { ...asymmetric, verifiesUntil: 0 }], 0)?.keys).toEqual([]);
  });
});
