import { describe, expect, it } from 'vitest';
import { whyNotNext } from '../../../../functions/secrets/signing-key/judge-pending.ts';
import {
  isAccepted,
  type RingKey,
  signingKeyAt,
} from '../../../../functions/secrets/signing-key/key-ring.ts';
import type { KeyTimes } from '../../../../functions/secrets/signing-key/key-times.ts';
import { publishKey } from '../../../../functions/secrets/signing-key/publish-key.ts';
import type { SigningKey } from '../../../../functions/secrets/signing-key/signing-key.ts';
import { undoRotation } from '../../../../functions/secrets/signing-key/undo-rotation.ts';

const MINUTE = 60_000;
/** Tokens of an hour, half an hour to load a key, a minute between clocks. */
const TIMES: KeyTimes = { longestToken: 60 * MINUTE, publishedAhead: 30 * MINUTE, clockSkew: MINUTE };
const NOW = 1_800_000_000_000;
const NEVER = Infinity;
/** Times are minutes from now. */
const key = (kid: string, signsFrom: number, verifiesUntil = NEVER): RingKey => ({
  kid,
  signsFrom: NOW + signsFrom * MINUTE,
  verifiesUntil: NOW + verifiesUntil * MINUTE,
});
/** Five minutes until it is current, thirty to load it, one between clocks. */
const AHEAD = 36;
/** Tokens of an hour, twice the skew. */
const AFTER = 62;
const fresh = key('new', 0);

describe('the key that signs', () => {
  it.each([
    ['is the newest whose time has come', [key('a', -9), key('b', -1), key('c', 1)], 'b'],
    ['is the same in any order', [key('c', 1), key('b', -1), key('a', -9)], 'b'],
    ['begins at its time', [key('a', -9), key('b', 0)], 'b'],
    ['is none that never signs', [key('a', -9), key('b', NEVER)], 'a'],
    ['is none where there is none', [key('c', 1)], undefined],
  ])('%s', (_, ring, kid) => {
    expect(signingKeyAt(ring, NOW)?.kid).toBe(kid);
  });

  it.each([
    ['is accepted until its end', key('a', -9, 1), true],
    ['is not accepted from its end on', key('a', -9, 0), false],
    ['is accepted before it signs, by a clock that is behind', key('a', 9), true],
  ])('%s', (_, one, accepted) => {
    expect(isAccepted([one], 'a', NOW)).toBe(accepted);
    expect(isAccepted([one], 'b', NOW)).toBe(false);
  });
});

describe('a new key', () => {
  it.each([
    ['to none', [], [key('new', AHEAD)]],
    ['to one', [key('a', -9)], [key('new', AHEAD), key('a', -9, AHEAD + AFTER)]],
    [
      'to two, of which one verifies until its own time',
      [key('b', -9), key('a', -99, 5)],
      [key('new', AHEAD), key('b', -9, AHEAD + AFTER), key('a', -99, 5)],
    ],
    [
      'in the place of one that verifies no more',
      [key('b', -9), key('a', -99, 0)],
      [key('new', AHEAD), key('b', -9, AHEAD + AFTER)],
    ],
    [
      'after one that has not signed yet',
      [key('b', 20), key('a', -9, 20 + AFTER)],
      [key('new', AHEAD), key('b', 20, AHEAD + AFTER), key('a', -9, 20 + AFTER)],
    ],
    [
      'beside one that never signs',
      [key('b', -9), key('a', NEVER, 5)],
      [key('new', AHEAD), key('b', -9, AHEAD + AFTER), key('a', NEVER, 5)],
    ],
  ])('is added %s', (_, ring, expected) => {
    expect(publishKey(ring, fresh, TIMES, NOW)).toEqual(expected);
  });

  it('signs after the one before it although a clock was turned back', () => {
    const [added] = publishKey([key('b', 500)], fresh, TIMES, NOW);
    expect(added?.signsFrom).toBe(NOW + 500 * MINUTE + 1);
  });

  it('has little time to become current where it is published for a moment only', () => {
    const [added] = publishKey([], fresh, { ...TIMES, publishedAhead: 2000, clockSkew: 0 }, NOW);
    expect(added?.signsFrom).toBe(NOW + 10_000 + 2000);
  });
});

describe('a rotation', () => {
  const good = [key('a', -999)];
  it.each([
    [
      'before the new key signs: it never will, though consumers may until they have loaded the way back',
      [key('new', 20), key('a', -999, 20 + AFTER)],
      [key('a', -999), key('new', NEVER, AHEAD + AFTER)],
    ],
    [
      'before anybody could ever sign with the new key: it is gone',
      [key('new', AHEAD + 2), key('a', -999, AHEAD + 2 + AFTER)],
      [key('a', -999)],
    ],
    [
      'after the new key has signed: what was signed is accepted until it expires',
      [key('new', -20), key('a', -999, -20 + AFTER)],
      [key('a', -999), key('new', NEVER, AHEAD + AFTER)],
    ],
    [
      'long after: the old key is published like a new one',
      [key('new', -90)],
      [key('a', AHEAD), key('new', -90, AHEAD + AFTER)],
    ],
  ])('is undone %s', (_, bad, expected) => {
    expect(undoRotation(good, bad, TIMES, NOW)).toEqual(expected);
  });

  it('is undone without a gap although the configured times have grown meanwhile', () => {
    const grown = { ...TIMES, publishedAhead: 600 * MINUTE };
    const ring = undoRotation(good, [key('new', 20), key('a', -999, 20 + AFTER)], grown, NOW);
    expect(signingKeyAt(ring, NOW)?.kid).toBe('a');
  });
});

describe('a pending ring', () => {
  const withJwk = (one: RingKey, k = one.kid): SigningKey => ({
    ...one,
    alg: 'HS256',
    createdAt: '',
    jwk: { kty: 'oct', k },
    others: {},
  });
  const current = [withJwk(key('b', -9)), withJwk(key('a', -99, 5)), withJwk(key('gone', -999, -1))];
  const next = publishKey(current, withJwk(fresh), TIMES, NOW);
  const changed = (kid: string, change: Partial<SigningKey>) =>
    next.map((one) => (one.kid === kid ? { ...one, ...change } : one));
  it.each([
    ['is good as it was made', next, undefined],
    ['lacks a key', next.filter(({ kid }) => kid !== 'b'), 'the key b is missing'],
    ['has another key', changed('b', { jwk: { kty: 'oct', k: 'x' } }), 'the key b is another one'],
    ['has a key for another algorithm', changed('b', { alg: 'HS512' }), 'the key b is another one'],
    ['ends a key too soon', changed('b', { verifiesUntil: NOW + 90 * MINUTE }), 'the key b stops verifying'],
    ['ends an old key too soon', changed('a', { verifiesUntil: NOW }), 'the key a stops verifying'],
    ['signs too soon', changed('new', { signsFrom: NOW + 30 * MINUTE }), 'the new key new would sign from'],
    ['adds nothing', current, 'there is no new key'],
    ['has another key sign', changed('b', { signsFrom: NOW + MINUTE }), 'another key would sign at once'],
  ])('%s', (_, pending, why) => {
    const found = whyNotNext(current, pending, TIMES, NOW);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(why);
  });
});
