import { describe, expect, test } from 'vitest';
import { judgeRows } from '../../../../functions/postgres/manifest/judge-rows.ts';
import type { Bucket } from '../../../../functions/postgres/manifest/manifest.ts';
import type { Measured } from '../../../../functions/postgres/manifest/read-table.ts';
import type { RowClass } from '../../../../functions/postgres/manifest/visibility.ts';

const bucket = (count: number, keys: number | null, rows: number | null, place = 0): Bucket => ({
  bucket: place,
  count,
  keys: keys === null ? null : String(keys),
  rows: rows === null ? null : String(rows),
});
const is = (
  kind: RowClass,
  count: number,
  keys: number | null,
  rows: number | null,
  place = 0,
): Measured => ({
  class: kind,
  ...bucket(count, keys, rows, place),
});
const judged = (newer: number, replaced: number, damaged: number, unproven: number) => ({
  newer,
  replaced,
  damaged,
  unproven,
});

describe('the judgement of one bucket', () => {
  const was = [bucket(3, 30, 300)];
  test.each<[string, Bucket[], Measured[], string, ReturnType<typeof judged>]>([
    ['nothing then and now', [], [], 'identical', judged(0, 0, 0, 0)],
    ['the same rows', was, [is('old', 3, 30, 300)], 'identical', judged(0, 0, 0, 0)],
    ['new rows', was, [is('old', 3, 30, 300), is('newer', 2, 5, 7)], 'newer', judged(2, 0, 0, 0)],
    [
      'new rows beyond the highest key',
      was,
      [is('old', 3, 30, 300), is('beyond', 4, 5, 7)],
      'newer',
      judged(4, 0, 0, 0),
    ],
    ['a bucket that had no rows', [], [is('newer', 2, 5, 7)], 'newer', judged(2, 0, 0, 0)],
    ['an old row in a bucket that had none', [], [is('old', 1, 5, 7)], 'different', judged(0, 0, 1, 0)],
    ['a row missing', was, [is('old', 2, 20, 200)], 'different', judged(0, 0, 1, 2)],
    ['all rows missing', was, [], 'different', judged(0, 0, 3, 0)],
    ['another content', was, [is('old', 3, 30, 301)], 'different', judged(0, 0, 1, 2)],
    ['another key', was, [is('old', 3, 31, 300)], 'different', judged(0, 0, 1, 2)],
    [
      'a row with a newer version, proven by its key',
      was,
      [is('old', 2, 20, 200), is('newer', 1, 10, 9)],
      'newer',
      judged(1, 1, 0, 2),
    ],
    [
      'a newer row that has not the key of the missing one',
      was,
      [is('old', 2, 20, 200), is('newer', 1, 11, 9)],
      'different',
      judged(1, 0, 1, 2),
    ],
    [
      'more newer rows than missing ones',
      was,
      [is('old', 2, 20, 200), is('newer', 2, 15, 9)],
      'newer',
      judged(2, 1, 0, 3),
    ],
    [
      'fewer newer rows than missing ones',
      was,
      [is('old', 1, 10, 100), is('newer', 1, 10, 9)],
      'different',
      judged(1, 1, 1, 1),
    ],
    [
      'a missing row, and new ones beyond the highest key, which cannot replace it',
      was,
      [is('old', 2, 20, 200), is('beyond', 9, 10, 9)],
      'different',
      judged(9, 0, 1, 2),
    ],
    [
      'undecidable rows that belong to the manifest',
      was,
      [is('old', 2, 20, 200), is('window', 1, 10, 100)],
      'identical',
      judged(0, 0, 0, 0),
    ],
    [
      'undecidable rows that do not',
      was,
      [is('old', 3, 30, 300), is('window', 1, 10, 100)],
      'newer',
      judged(1, 0, 0, 0),
    ],
    ['more old rows than there were', was, [is('old', 4, 40, 400)], 'different', judged(0, 0, 1, 3)],
    [
      'contents out of the sample',
      [bucket(3, 30, null)],
      [is('old', 3, 30, null)],
      'identical',
      judged(0, 0, 0, 0),
    ],
    [
      'another key out of the sample',
      [bucket(3, 30, null)],
      [is('old', 3, 31, null)],
      'different',
      judged(0, 0, 1, 2),
    ],
    ['no primary key', [bucket(3, null, 300)], [is('old', 3, null, 300)], 'identical', judged(0, 0, 0, 0)],
    [
      'no primary key and another content',
      [bucket(3, null, 300)],
      [is('old', 3, null, 301)],
      'different',
      judged(0, 0, 1, 2),
    ],
    [
      'no primary key and a newer row for a missing one',
      [bucket(3, null, 300)],
      [is('old', 2, null, 200), is('newer', 1, null, 9)],
      'newer',
      judged(1, 1, 0, 3),
    ],
  ])('%s', (_what, manifest, current, verdict, numbers) => {
    expect(judgeRows(manifest, current)).toMatchObject({ verdict, ...numbers });
  });

  test('names the buckets, in order', () => {
    const manifest = [bucket(1, 1, 1, 0), bucket(2, 2, 2, 5), bucket(3, 3, 3, 7)];
    const current = [is('old', 3, 3, 4, 7), is('old', 1, 1, 1, 0), is('old', 1, 1, 1, 5)];
    expect(judgeRows(manifest, current).suspects).toEqual([
      { bucket: 5, expected: 2, found: 1, why: 'missing' },
      { bucket: 7, expected: 3, found: 3, why: 'different' },
    ]);
  });
});
