import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareEnvironments } from '../../../functions/preflight/compare-environments.ts';
import { judgeComparison, whyTooOld } from '../../../functions/preflight/judge-comparison.ts';
import type { Fact } from '../../../schemas/parity.ts';

const shown = (value: string): Fact => ({ kind: 'shown', value });
const keyed = (hash: string): Fact => ({ kind: 'keyed', hash });
const unknown = (why: string): Fact => ({ kind: 'unknown', why });
const of = (facts: Record<string, Fact>, key: string | null = 'k1') => ({ facts, key });
const compare = (here: Record<string, Fact>, there: Record<string, Fact>, declared: string[] = []) =>
  compareEnvironments(of(here), of(there), declared);

describe('compareEnvironments', () => {
  it.each<[string, Fact | undefined, Fact | undefined, object | undefined]>([
    ['the same', shown('256'), shown('256'), undefined],
    ['another setting', shown('256'), shown('512'), { here: '256', there: '512' }],
    ['the same value', keyed('a'), keyed('a'), undefined],
    ['another value', keyed('a'), keyed('b'), { here: 'a value', there: 'another value' }],
    ['only here', keyed('a'), undefined, { here: 'set', there: 'not set' }],
    ['only there', undefined, shown('awslogs'), { here: 'not set', there: 'awslogs' }],
  ])('%s', (_, here, there, difference) => {
    const { differences, unknown } = compare(
      here === undefined ? {} : { x: here },
      there === undefined ? {} : { x: there },
    );
    expect(differences).toEqual(difference === undefined ? [] : [{ what: 'x', ...difference }]);
    expect(unknown).toEqual([]);
  });

  it('does not take what is not known for the same', () => {
    const same = { x: unknown('no key is declared for it') };
    expect(compare(same, same)).toMatchObject({ same: 0, unknown: [{ what: 'x' }] });
    const value = { x: keyed('a') };
    for (const [here, there] of [
      ['k1', 'k2'],
      [null, null],
    ] as const)
      expect(compareEnvironments(of(value, here), of(value, there), [])).toMatchObject({
        same: 0,
        differences: [],
        unknown: [{ why: expect.stringContaining('different keys') }],
      });
  });

  it('leaves out what is declared, with what belongs to it', () => {
    const here = {
      cpu: shown('256'),
      'environment.DATABASE_HOST': keyed('a'),
      'environment.PORT': keyed('a'),
      'secret.TOKEN': shown('a parameter'),
      'secret.TOKEN.shape': shown('a text'),
    };
    const there = {
      cpu: shown('512'),
      'environment.DATABASE_HOST': keyed('b'),
      'environment.PORT': keyed('b'),
      'secret.TOKEN': shown('a parameter'),
      'secret.TOKEN.shape': shown('empty'),
    };
    const found = compare(here, there, ['environment.DATABASE_*', 'secret.TOKEN', 'memory', 'en.*']);
    expect(found.differences.map(({ what }) => what)).toEqual(['cpu', 'environment.PORT']);
    expect(found.declared).toEqual(['environment.DATABASE_HOST', 'secret.TOKEN.shape']);
    // A pattern may match nothing.
    expect(found.needless).toEqual(['memory']);
  });

  it('tells once of a secret that only one environment has', () => {
    const secret = { 'secret.TOKEN': shown('a parameter'), 'secret.TOKEN.shape': shown('a text') };
    expect(compare(secret, {}).differences).toEqual([
      { what: 'secret.TOKEN', here: 'a parameter', there: 'not set' },
    ]);
  });

  it('finds what was changed, the same from both sides, and nothing else', () => {
    const fact = fc.oneof(fc.constantFrom('1', '2').map(shown), fc.constantFrom('a', 'b').map(keyed));
    const facts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'environment.X', 'secret.Y'), fact);
    fc.assert(
      fc.property(facts, facts, (here, there) => {
        const names = (found: ReturnType<typeof compare>) => [
          ...found.differences.map(({ what }) => what),
          ...found.unknown.map(({ what }) => what),
        ];
        expect(names(compare(here, here))).toEqual([]);
        const changed = names(compare(here, there));
        expect(names(compare(there, here))).toEqual(changed);
        for (const name of new Set([...Object.keys(here), ...Object.keys(there)]))
          expect(changed.includes(name)).toBe(JSON.stringify(here[name]) !== JSON.stringify(there[name]));
        expect(names(compare(here, there, changed))).toEqual([]);
        expect(names(compare(here, there, ['*']))).toEqual([]);
      }),
    );
  });
});

describe('judgeComparison', () => {
  it('fails undeclared differences, warns of needless declarations, and knows what it does not know', () => {
    const found = judgeComparison('staging', {
      differences: [{ what: 'cpu', here: '256', there: '512' }],
      unknown: [
        { what: 'environment.A', why: 'no key' },
        { what: 'environment.B', why: 'no key' },
      ],
      declared: ['memory'],
      needless: ['secret.OLD'],
      same: 7,
    });
    expect(found.map(({ check, verdict, observed }) => `${check}: ${verdict}: ${observed}`)).toEqual([
      'staging (cpu): fail: is 256 here, and 512 there',
      'staging (environment.A, environment.B): unknown: no key',
      'staging (secret.OLD): warn: is declared to differ, and does not',
      'staging: pass: 7 are the same, 1 differ as declared',
    ]);
  });

  it('stays short however much differs', () => {
    const differences = Array.from({ length: 500 }, (_, index) => ({
      what: `x${index}`,
      here: '1',
      there: '2',
    }));
    const found = judgeComparison('staging', {
      differences,
      unknown: [],
      declared: [],
      needless: [],
      same: 0,
    });
    expect(found).toHaveLength(42);
    expect(found[40]).toMatchObject({ verdict: 'fail', observed: '460 more differ' });
  });
});

describe('whyTooOld', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  it.each<[string, string | undefined]>([
    ['2026-11-20T12:00:00Z', undefined],
    ['2026-11-20T11:00:00Z', 'its fingerprint is 25 h old, and may be 24 h'],
    // Its clock goes before ours.
    ['2026-11-21T12:01:00Z', undefined],
    // It would be young for years.
    ['2029-11-21T12:00:00Z', 'its fingerprint is of 2029-11-21T12:00:00, in the future: a clock is wrong'],
    ['nonsense', 'nobody can read when its fingerprint was taken'],
  ])('%s', (at, why) => {
    expect(whyTooOld({ at }, 86_400, now)).toBe(why);
  });
});
