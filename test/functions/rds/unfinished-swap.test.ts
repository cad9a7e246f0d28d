import { describe, expect, it } from 'vitest';
import type { InspectedInstance } from '../../../functions/rds/state.ts';
import { findUnfinishedSwap } from '../../../functions/rds/unfinished-swap.ts';
import { Tag } from '../../../schemas/names.ts';
import { anInstance } from './an-instance.ts';

const TARGET = { name: 'main', instance: 'Orders' };
const SWAP = { [Tag.swap]: 'run-1', [Tag.database]: 'main' };
const original = (identifier: string, tags: Record<string, string> = SWAP) =>
  anInstance({}, { identifier, resourceId: 'db-original', tags });
const restored = (identifier: string, tags: Record<string, string> = SWAP) =>
  anInstance({}, { identifier, resourceId: 'db-restored', tags: { ...tags, [Tag.purpose]: 'restore' } });
const other = anInstance({}, { identifier: 'other', tags: { [Tag.swap]: 'run-9', [Tag.database]: 'other' } });

describe('an unfinished swap', () => {
  it.each([
    ['before the first rename', original('orders'), restored('orders-restored-1')],
    ['between the renames', original('orders-before-1'), restored('orders-restored-1')],
    ['after the second rename', original('orders-before-1'), restored('orders')],
    [
      'of an original that bears only the mark',
      original('orders-before-1', { [Tag.swap]: 'run-1' }),
      restored('orders-restored-1'),
    ],
  ])('is found %s', (_, was, now) => {
    expect(findUnfinishedSwap([other, now, was], TARGET)).toEqual({
      run: 'run-1',
      original: was,
      restored: now,
    });
  });

  it.each([
    ['without marks', [original('orders', {}), restored('orders-restored-1', {})]],
    ['when only the original was marked yet', [original('orders'), restored('orders-restored-1', {})]],
    [
      'when only the mark of the one set aside is left',
      [original('orders-before-1'), restored('orders', {})],
    ],
    ['of another database', [other]],
  ] as Array<[string, InspectedInstance[]]>)('is none %s', (_, instances) => {
    expect(findUnfinishedSwap(instances, TARGET)).toBeUndefined();
  });

  it.each([
    ['its other half is gone and nobody has the name', [restored('orders-restored-1')]],
    [
      'two instances call themselves the original',
      [original('orders'), original('orders-before-1'), restored('orders-restored-1')],
    ],
    [
      'there are two',
      [
        original('orders-before-1'),
        restored('orders-restored-1'),
        original('orders', { ...SWAP, [Tag.swap]: 'run-2' }),
        restored('orders-restored-2', { ...SWAP, [Tag.swap]: 'run-2' }),
      ],
    ],
  ] as Array<[string, InspectedInstance[]]>)('needs a person where %s', (_, instances) => {
    expect(() => findUnfinishedSwap(instances, TARGET)).toThrow(
      /do not tell which one was to take the name "orders"/,
    );
  });
});
