import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Version } from '../../../../sandbox/services/secrets-manager/secret.ts';
import {
  holderOf,
  labelsByVersion,
  moveLabel,
  putVersion,
  reservePending,
} from '../../../../sandbox/services/secrets-manager/versions.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app-abcdef';
const HOUR_MILLISECONDS = 3_600_000;
const NOW = Date.UTC(2030, 0, 1);

type Versions = Map<string, Version>;
const put = (versions: Versions, id: string, labels: string[] = ['AWSCURRENT'], text = id, now = NOW) =>
  putVersion(versions, ARN, { id, value: { text }, labels, now, keyId: undefined });
/** Which version has each label. */
const labels = (versions: Versions) =>
  Object.fromEntries(
    Object.entries(labelsByVersion(versions.values())).flatMap(([id, all]) =>
      all.map((label) => [label, id]),
    ),
  );

describe('labels', () => {
  const change = fc.oneof(
    fc.record({
      kind: fc.constant('put' as const),
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      labels: fc.uniqueArray(fc.constantFrom('AWSCURRENT', 'AWSPENDING', 'GREEN'), { minLength: 1 }),
    }),
    fc.record({
      kind: fc.constant('move' as const),
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      label: fc.constantFrom('AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS', 'GREEN'),
    }),
    fc.record({ kind: fc.constant('reserve' as const), id: fc.constantFrom('a', 'b', 'c', 'd') }),
  );

  test('are on one version each, whatever happens; what was current last is the previous one', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const versions: Versions = new Map();
        put(versions, 'first');
        for (const step of changes) {
          const before = holderOf(versions.values(), 'AWSCURRENT')?.id;
          const movesPrevious = step.kind === 'move' && step.label === 'AWSPREVIOUS';
          const previous = holderOf(versions.values(), 'AWSPREVIOUS')?.id;
          if (step.kind === 'put') put(versions, step.id, step.labels);
          else if (step.kind === 'reserve') reservePending(versions, step.id, NOW);
          else if (versions.has(step.id)) moveLabel(versions, step.label, step.id);
          const all = [...versions.values()].flatMap((version) => [...version.labels]);
          expect(new Set(all).size).toBe(all.length);
          const after = holderOf(versions.values(), 'AWSCURRENT')?.id;
          expect(after).toBeDefined();
          if (before !== after) expect(holderOf(versions.values(), 'AWSPREVIOUS')?.id).toBe(before);
          else if (!movesPrevious) expect(holderOf(versions.values(), 'AWSPREVIOUS')?.id).toBe(previous);
        }
      }),
    );
  });

  test('of the first version include the current one, whatever it was put under', () => {
    const versions: Versions = new Map();
    put(versions, 'first', ['GREEN']);
    expect(labels(versions)).toEqual({ AWSCURRENT: 'first', GREEN: 'first' });
  });

  test('are twenty at the most, across all versions', () => {
    const versions: Versions = new Map();
    put(versions, 'first');
    for (let number = 1; number < 20; number += 1) moveLabel(versions, `LABEL-${number}`, 'first');
    expect(() => moveLabel(versions, 'LABEL-20', 'first')).toThrow('at most 20');
    expect(() => put(versions, 'second', ['LABEL-20'])).toThrow('at most 20');
    expect(versions.has('second')).toBe(false);
    // Moving one of them is no addition.
    put(versions, 'second', ['LABEL-1']);
    expect(labels(versions)['LABEL-1']).toBe('second');
  });
});

describe('a version', () => {
  test('that comes again with the same value is ignored, wherever its labels are', () => {
    const versions: Versions = new Map();
    put(versions, 'first');
    put(versions, 'second');
    expect(put(versions, 'first')).toBe(false);
    expect(labels(versions)).toEqual({ AWSCURRENT: 'second', AWSPREVIOUS: 'first' });
  });

  test('that comes again with another value is refused, in text or in bytes', () => {
    const versions: Versions = new Map();
    put(versions, 'first');
    expect(() => put(versions, 'first', ['AWSCURRENT'], 'other')).toThrow('already in use');
    const binary = { id: 'first', value: { binary: Buffer.from('first') }, labels: ['AWSCURRENT'] };
    expect(() => putVersion(versions, ARN, { ...binary, now: NOW, keyId: undefined })).toThrow(
      expect.objectContaining({ name: 'ResourceExistsException' }),
    );
  });

  test('that a rotation reserved takes one value, and keeps it', () => {
    const versions: Versions = new Map();
    put(versions, 'first');
    reservePending(versions, 'second', NOW);
    expect(versions.get('second')?.value).toBeUndefined();
    put(versions, 'second', ['AWSPENDING'], 'new');
    expect(versions.get('second')?.value).toEqual({ text: 'new' });
    expect(() => put(versions, 'second', ['AWSPENDING'], 'newer')).toThrow('already in use');
    expect(labels(versions)).toEqual({ AWSCURRENT: 'first', AWSPENDING: 'second' });
  });

  test('without labels is removed when there are more than a hundred, but not within a day', () => {
    const versions: Versions = new Map();
    const at = (hours: number) => NOW + hours * HOUR_MILLISECONDS;
    for (let number = 0; number < 120; number += 1)
      put(versions, `${number}`, ['AWSCURRENT'], 'x', at(number / 10));
    expect(versions.size).toBe(120);
    put(versions, 'late', ['AWSCURRENT'], 'x', at(25));
    // 0 to 10 hours are a day old by then; the first of them go until a hundred are left.
    expect(versions.size).toBe(110);
    put(versions, 'later', ['AWSCURRENT'], 'x', at(60));
    expect(versions.size).toBe(100);
    expect(labels(versions)).toEqual({ AWSCURRENT: 'later', AWSPREVIOUS: 'late' });
  });
});
