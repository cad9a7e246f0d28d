import { describe, expect, test } from 'vitest';
import {
  chooseReading,
  detectTimestamp,
  type TableSize,
} from '../../../../functions/postgres/manifest/choose-scope.ts';

const LIMITS = {
  completeUpToBytes: 16_384,
  estimateAboveBytes: 1_000_000,
  sampleShare: 1 / 16,
  buckets: 256,
};
const table: TableSize = {
  critical: false,
  unlogged: false,
  bytes: 900_000,
  estimatedRows: 5000,
  hasKey: true,
  keyInClear: true,
};

describe('how a table is read', () => {
  test.each<[string, Partial<TableSize>, object]>([
    ['in a sample of buckets', {}, { buckets: 256, scope: { kind: 'buckets', covered: 16 } }],
    ['in full when critical', { critical: true }, { buckets: 256, scope: { kind: 'all' } }],
    ['in full when critical, however large', { critical: true, bytes: 1e12 }, { scope: { kind: 'all' } }],
    ['in full without a key', { hasKey: false, keyInClear: false }, { buckets: 1, scope: { kind: 'all' } }],
    [
      'in a sample when above the size for all',
      { bytes: 16_385 },
      { buckets: 16, scope: { kind: 'buckets', covered: 1 } },
    ],
    ['in full when small', { bytes: 16_384 }, { buckets: 8, scope: { kind: 'all' } }],
    ['in full when empty', { bytes: 0 }, { buckets: 1, scope: { kind: 'all' } }],
    ['at its edges when large', { bytes: 1_000_001 }, { scope: { kind: 'edges' } }],
    [
      'in a sample when large and never analyzed',
      { bytes: 1e9, estimatedRows: -1 },
      { scope: { kind: 'buckets' } },
    ],
    ['not at all when large with a text key', { bytes: 1e9, keyInClear: false }, { scope: { kind: 'none' } }],
    ['not at all when unlogged', { unlogged: true, critical: true }, { scope: { kind: 'none' } }],
  ])('%s', (_what, change, reading) => {
    expect(chooseReading({ ...table, ...change }, LIMITS)).toMatchObject(reading);
  });
});

describe('the timestamp column', () => {
  const at = (...names: string[]) => names.map((name) => ({ name, type: 'timestamp with time zone' }));
  test.each([
    [at('id', 'created_at', 'updated_at'), 'updated_at'],
    [at('createdAt'), 'createdAt'],
    [at('birthday'), undefined],
    [[{ name: 'updated_at', type: 'text' }], undefined],
    [[{ name: 'updatedAt', type: 'timestamp(3) without time zone' }], 'updatedAt'],
  ])('of %j is %s', (columns, found) => {
    expect(detectTimestamp(columns)).toBe(found);
  });
});
