import type { IncomingMessage } from 'node:http';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as keepSigningKey } from '../../../../functions/secrets/keep-signing-key.ts';
import { makeKey } from '../../../../functions/secrets/signing-key/make-key.ts';
import { formatRing, parseRing } from '../../../../functions/secrets/signing-key/ring-text.ts';
import type { KeyRing } from '../../../../functions/secrets/signing-key/signing-key.ts';
import { mintToken } from '../../../../functions/secrets/signing-key/tokens.ts';
import type { RotationOf } from '../../../../schemas/secret.ts';
import { type Keeping, type KeptSecret, startKeeping } from '../keeping.ts';
import { type Handler, STEPS } from '../postgresql/a-secret.ts';

const MINUTE = 60_000;
const rotation = (algorithm: RotationOf<'signing-key'>['algorithm'] = 'ES256') => ({
  kind: 'signing-key' as const,
  algorithm,
  longestTokenSeconds: 3600,
  publishedAheadSeconds: 1800,
  clockSkewSeconds: 60,
  claims: { sub: 'nightshift', aud: 'shop' },
});
const ADOPTION = { path: '/account', statuses: [200], tokenHeader: 'authorization', tokenPrefix: 'Bearer ' };

describe('signing keys', () => {
  let world: Keeping;
  let secret: KeptSecret;
  /** Tokens that consumers were shown. */
  const shown: string[] = [];
  beforeAll(async () => {
    world = await startKeeping(keepSigningKey as unknown as Handler);
  });
  afterAll(async () => {
    vi.useRealTimers();
    await world.stop();
  });

  const first = async (algorithm: RotationOf<'signing-key'>['algorithm'] = 'ES256') => {
    const key = await makeKey(algorithm, Date.now());
    return formatRing({ others: { team: 'shop' }, keys: [{ ...key, signsFrom: Date.now() - MINUTE }] });
  };
  const ring = async (label?: string) => parseRing(await secret.text(label), secret.name);
  const jwks = (of = secret) =>
    world.reported(`jwks/${of.name}.json`) as Promise<{ keys: Array<Record<string, string>> }>;
  beforeEach(async () => {
    secret = await world.declare(rotation(), await first());
  });

  /** A consumer as it should be: it has loaded a ring when it began, and knows its rules. */
  const verifies =
    (loaded: () => KeyRing) =>
    async ({ headers }: Pick<IncomingMessage, 'headers'>): Promise<number> => {
      const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
      shown.push(token);
      try {
        const { kid } = decodeProtectedHeader(token);
        const key = loaded().keys.find((one) => one.kid === kid);
        if (key === undefined || key.verifiesUntil <= Date.now()) return 401;
        const { d: _private, ...part } = key.jwk as Record<string, string>;
        await jwtVerify(token, await importJWK(part, key.alg), { audience: 'shop', clockTolerance: 60 });
        return 200;
      } catch {
        return 401;
      }
    };

  it('are rotated: the new key is published ahead, the old one signs on and verifies until its tokens are gone', async () => {
    const before = await ring();
    const started = Date.now();
    await secret.rotate();
    const { keys, others } = await ring();
    expect(others).toEqual({ team: 'shop' });
    const [added, old] = keys;
    expect(old).toMatchObject({ kid: before.keys[0]?.kid, jwk: before.keys[0]?.jwk });
    const signsFrom = added?.signsFrom ?? 0;
    expect(signsFrom - started).toBeGreaterThanOrEqual((300 + 1800 + 60) * 1000);
    expect(signsFrom - Date.now()).toBeLessThanOrEqual((300 + 1800 + 60) * 1000);
    expect(added?.verifiesUntil).toBe(Infinity);
    expect(old?.verifiesUntil).toBe(signsFrom + (3600 + 2 * 60) * 1000);
  });

  it('are published as a key set, of public parts alone', async () => {
    await secret.rotate();
    const { keys } = await ring();
    const published = await jwks();
    expect(published.keys.map(({ kid }) => kid).sort()).toEqual(keys.map(({ kid }) => kid).sort());
    for (const key of published.keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    const trial = { claims: {}, clockSkew: 0 };
    for (const key of keys)
      await jwtVerify(await mintToken(key, trial, Date.now()), createLocalJWKSet(published as never));
  });

  it('are published before the label moves, and a symmetric one never is', async () => {
    const token = await secret.begin();
    await secret.step('createSecret', token);
    expect(await jwks()).toBeUndefined();
    await secret.step('setSecret', token);
    expect((await jwks()).keys).toHaveLength(2);

    const symmetric = await world.declare(rotation('HS256'), await first('HS256'));
    await symmetric.rotate();
    expect(await jwks(symmetric)).toBeUndefined();
  });

  it.each(['HS256', 'HS512', 'RS256', 'ES256', 'EdDSA'] as const)(
    'are made for %s, from no key at all',
    async (algorithm) => {
      secret = await world.declare(rotation(algorithm), '{"keys":[]}');
      expect(await secret.ask('inspect')).toMatchObject({
        facts: { signing: 'none' },
        warnings: expect.arrayContaining([expect.stringContaining('no key that signs now')]),
      });
      await secret.rotate();
      expect((await ring()).keys).toMatchObject([{ alg: algorithm }]);
    },
  );

  it('bear each step twice, out of order, and a second rotation right after the first', async () => {
    const token = await secret.begin();
    // Without a value of its own it is how Secrets Manager tries a configuration.
    await secret.step('testSecret', token);
    await expect(secret.step('setSecret', token)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(secret.step('finishSecret', token)).rejects.toMatchObject({ name: 'PreconditionFailed' });
    for (const step of STEPS) {
      await secret.step(step, token);
      await secret.step(step, token);
    }
    await secret.abandon();
    const one = await ring();
    expect(one.keys).toHaveLength(2);
    await secret.rotate();
    const two = await ring();
    expect(two.keys).toHaveLength(3);
    const [newest, middle, oldest] = two.keys;
    expect(newest?.signsFrom).toBeGreaterThan(middle?.signsFrom ?? Infinity);
    expect(middle).toMatchObject({ kid: one.keys[0]?.kid, signsFrom: one.keys[0]?.signsFrom });
    expect(oldest).toEqual(one.keys[1]);
  });

  it.each([
    ['refused', 'error:AccessDenied', 'NeedsHuman'],
    ['broken', 'error:InternalError', 'Transient'],
  ])(
    'are not promoted before their key set is published (%s), and are once it is',
    async (_, effect, name) => {
      const token = await secret.begin();
      await secret.step('createSecret', token);
      const pending = await secret.text('AWSPENDING');
      const end = world.fault('s3:PutObject', effect);
      await expect(secret.step('setSecret', token)).rejects.toMatchObject({ name });
      end();
      expect((await ring()).keys).toHaveLength(1);
      for (const step of STEPS) await secret.step(step, token);
      expect(await secret.text()).toBe(pending);
      expect((await jwks()).keys).toHaveLength(2);
    },
  );

  it('are not promoted when that took so long that the new key would sign too soon', async () => {
    const token = await secret.begin();
    await secret.step('createSecret', token);
    await secret.step('setSecret', token);
    await secret.step('testSecret', token);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6 * MINUTE });
    const late = secret.step('finishSecret', token);
    await expect(late).rejects.toMatchObject({
      name: 'VerificationFailed',
      message: expect.stringContaining('before every consumer can have loaded it'),
    });
    vi.useRealTimers();
    expect((await ring()).keys).toHaveLength(1);
    await secret.abandon();
    await secret.rotate();
    expect((await ring()).keys).toHaveLength(2);
  });

  describe('whose consumers', () => {
    const declared = async (listener: Parameters<typeof world.consumer>[1], more = {}) => {
      await world.consumer('shop-api', listener);
      secret = await world.declare(rotation(), await first(), {
        consumers: ['shop-api'],
        adoption: ADOPTION,
        ...more,
      });
      await secret.rotate();
    };

    it('accept tokens under both keys, and no forged one, have adopted the new key', async () => {
      let loaded: KeyRing;
      await declared(verifies(() => loaded));
      loaded = await ring();
      shown.length = 0;
      const [added, old] = loaded.keys;
      expect(await secret.proveAdoption()).toMatchObject([
        { name: 'newest key', passed: true },
        {
          name: `shop-api: token under the new key ${added?.kid}`,
          passed: true,
          measured: '/account answered 200 5 times',
        },
        { name: `shop-api: token under the key before, ${old?.kid}`, passed: true },
        { name: 'shop-api: token that was forged', passed: true, measured: '/account answered 401 5 times' },
      ]);
      expect(shown).toHaveLength(15);
      const [one = ''] = shown;
      expect(decodeProtectedHeader(one)).toEqual({ alg: 'ES256', kid: added?.kid, typ: 'JWT' });
      expect(decodeJwt(one)).toEqual({
        sub: 'nightshift',
        aud: 'shop',
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: expect.any(Number),
      });
      const { iat = 0, exp = 0 } = decodeJwt(one);
      expect(exp - iat).toBeLessThanOrEqual(60 + 2 * 60 + 1);
    });

    it('hold the old ring for ever have not, and the old key signs on when it is put back', async () => {
      let loaded: KeyRing;
      await declared((request) => verifies(() => loaded)(request));
      const good = await secret.version('AWSPREVIOUS');
      const bad = await secret.version();
      loaded = await ring('AWSPREVIOUS');
      const old = loaded.keys[0]?.kid;
      const checks = await secret.proveAdoption();
      expect(checks.filter(({ passed }) => !passed)).toMatchObject([
        { measured: '/account answered 401, not 200 (request 1 of 5)' },
      ]);

      const answer = await secret.ask('put-back', { good, bad });
      expect(answer).toMatchObject({ done: expect.stringContaining(`The key ${old} signs again`) });
      const { keys } = await ring();
      expect(
        keys.map(({ kid, signsFrom, verifiesUntil }) => ({
          kid,
          signs: signsFrom < Infinity,
          ends: verifiesUntil < Infinity,
        })),
      ).toEqual([
        { kid: old, signs: true, ends: false },
        { kid: expect.any(String), signs: false, ends: true },
      ]);
      expect(await secret.text()).toContain('9999-12-31T00:00:00.000Z');
      expect((await jwks()).keys).toHaveLength(2);
      // Again, as a step may be.
      expect(await secret.ask('put-back', { good, bad })).toMatchObject({ version: await secret.version() });

      await secret.rotate();
      expect((await ring()).keys).toHaveLength(3);
    });

    it('answer anything with 200 prove nothing', async () => {
      await declared(() => 200);
      const checks = await secret.proveAdoption();
      expect(checks.at(-1)).toMatchObject({
        passed: false,
        measured: '/account answered 200 as to a good one: its answers prove nothing',
      });
    });

    it('cannot be reached have not, though one lost connection is forgiven', async () => {
      let lost = 0;
      let loaded: KeyRing;
      await declared(async (request) => {
        lost += 1;
        if (lost === 2) request.socket.destroy();
        return verifies(() => loaded)(request);
      });
      loaded = await ring();
      expect((await secret.proveAdoption()).every(({ passed }) => passed)).toBe(true);

      await declared((request) => {
        request.socket.destroy();
        return 200;
      });
      expect((await secret.proveAdoption())[1]).toMatchObject({
        passed: false,
        measured: expect.stringContaining('/account could not be reached'),
      });
    });

    it('are not asked where no path is declared, which proves nothing', async () => {
      await declared(() => 200, { adoption: undefined });
      expect(await secret.proveAdoption()).toMatchObject([
        { passed: true },
        { passed: false, measured: expect.stringContaining('adoption.path') },
      ]);
    });
  });

  describe('when they are retired', () => {
    const versions = async () => ({
      current: await secret.version(),
      old: await secret.version('AWSPREVIOUS'),
    });

    it('stay while a token may live, and go when none does', async () => {
      await secret.rotate();
      const asked = await versions();
      const { keys } = await ring();
      expect(await secret.ask('retire', { ...asked, endSessions: false })).toMatchObject({
        done: expect.stringContaining('No key was taken out'),
        version: asked.current,
      });
      expect(await ring()).toMatchObject({ keys });
      vi.useFakeTimers({ toFake: ['Date'], now: (keys[1]?.verifiesUntil ?? 0) + 1 });
      const answer = await secret.ask('retire', { ...asked, endSessions: false });
      vi.useRealTimers();
      expect(answer).toMatchObject({ done: expect.stringContaining(`Took ${keys[1]?.kid} out`) });
      expect((await ring()).keys.map(({ kid }) => kid)).toEqual([keys[0]?.kid]);
      expect((await jwks()).keys.map(({ kid }) => kid)).toEqual([keys[0]?.kid]);
    });

    it('go at once where sessions are to end, and the newest signs at once', async () => {
      await secret.rotate();
      const [newest] = (await ring()).keys;
      const asked = await versions();
      await secret.ask('retire', { ...asked, endSessions: true });
      const alone = (await ring()).keys;
      expect(alone).toMatchObject([{ kid: newest?.kid, verifiesUntil: Infinity }]);
      expect(alone[0]?.signsFrom).toBeLessThan(Date.now());
      await secret.ask('retire', { ...asked, endSessions: true });
      expect((await ring()).keys).toEqual(alone);
    });
  });

  it('that cannot be read are refused with the field that is wrong, and change nothing', async () => {
    const bad = JSON.parse(await first());
    bad.keys[0].jwk.d = undefined;
    await secret.put(JSON.stringify(bad));
    expect(await secret.ask('inspect')).toMatchObject({
      obstacles: [expect.stringContaining('keys.0.jwk: must have its private part')],
    });
    const token = await secret.begin();
    await expect(secret.step('createSecret', token)).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  it('that sign nothing any more are not put back', async () => {
    await secret.rotate();
    const good = await secret.version('AWSPREVIOUS');
    const { keys, others } = await ring('AWSPREVIOUS');
    const [key] = keys as [KeyRing['keys'][number]];
    const broken = { ...key, jwk: { ...key.jwk, d: (await makeKey('ES256', 0)).jwk.d } };
    await secret.put(formatRing({ others, keys: [broken] }), ['BROKEN']);
    const broke = await secret.version('BROKEN');
    const put = secret.ask('put-back', { good: broke, bad: await secret.version() });
    await expect(put).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(good).not.toBe(broke);
    expect((await ring()).keys).toHaveLength(2);
  });

  it('tell a plan what signs, and what will', async () => {
    await secret.rotate();
    const [added, old] = (await ring()).keys;
    expect(await secret.ask('inspect')).toMatchObject({
      facts: { algorithm: 'ES256', signing: old?.kid, next: added?.kid, verifying: [added?.kid, old?.kid] },
      obstacles: [],
      warnings: [
        expect.stringContaining('signs only from'),
        expect.stringContaining('adoption cannot be proved'),
      ],
    });
  });

  it('are in no log, error, answer or item, and neither are the tokens', async () => {
    expect(shown.length).toBeGreaterThan(10);
    await world.expectNothingSaid(shown);
  });
});
