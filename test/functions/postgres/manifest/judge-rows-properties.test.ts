import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeRows } from '../../../../functions/postgres/manifest/judge-rows.ts';
import type { Measured } from '../../../../functions/postgres/manifest/read-table.ts';
import type { RowClass } from '../../../../functions/postgres/manifest/visibility.ts';

/** A table in small: rows with keys, contents, and when they were written. */
interface Row {
  readonly key: number;
  readonly content: number;
  readonly class: RowClass;
}
const BUCKETS = 4;
/** A hash good enough for small numbers: no small set of them has the sum of another. */
const hash = (value: number, seed: number) =>
  BigInt.asIntN(64, (BigInt(value + 1) * 0x9e3779b97f4a7c15n) ^ (BigInt(seed) * 0xbf58476d1ce4e5b9n)) ** 3n;

function digest(rows: readonly Row[]): Measured[] {
  const groups = Map.groupBy(rows, (row) => `${row.key % BUCKETS} ${row.class}`);
  return [...groups.values()].map((group) => {
    const [first] = group as [Row];
    return {
      bucket: first.key % BUCKETS,
      class: first.class,
      count: group.length,
      keys: String(group.reduce((sum, { key }) => sum + hash(key, 1), 0n)),
      rows: String(group.reduce((sum, { key, content }) => sum + hash(key * 1000 + content, 2), 0n)),
    };
  });
}
/** The manifest of rows, whatever their class will be. */
const take = (rows: readonly Row[]) => digest(rows.map((row) => ({ ...row, class: 'old' as const })));

const content = fc.integer({ min: 0, max: 900 });
const keys = (min: number, max: number) => fc.uniqueArray(fc.integer({ min, max }), { maxLength: 30 });
/** Rows of the manifest, of which some are undecidable later. */
const then = keys(0, 60).chain((list) =>
  fc.tuple(
    ...list.map((key) =>
      fc.record<Row>({ key: fc.constant(key), content, class: fc.constantFrom('old', 'old', 'window') }),
    ),
  ),
);
/** Rows written since: some undecidable, some beyond the highest key. */
const since = keys(61, 99).map((list) =>
  list.map((key): Row => ({ key, content: 1, class: key > 80 ? 'beyond' : key > 75 ? 'window' : 'newer' })),
);
/** Positions at which rows are updated or damaged. */
const places = fc.uniqueArray(fc.nat(59), { maxLength: 6 });

describe('the judgement of a table', () => {
  test('never calls rows damaged that were only added and updated', () => {
    fc.assert(
      fc.property(then, since, places, (was, added, updates) => {
        const now = was.map(
          (row, place): Row =>
            updates.includes(place) ? { ...row, content: row.content + 1, class: 'newer' } : row,
        );
        const verdict = judgeRows(take(was), digest([...now, ...added]));
        expect(verdict.verdict).not.toBe('different');
        expect(verdict.damaged).toBe(0);
        if (was.length > 0 && updates.length === 0 && added.length === 0)
          expect(verdict.verdict).toBe('identical');
      }),
    );
  });

  test('counts the rows that were added, where nothing else happened', () => {
    fc.assert(
      fc.property(then, since, (was, added) => {
        const settled = was.map((row) => ({ ...row, class: 'old' as const }));
        const verdict = judgeRows(take(was), digest([...settled, ...added]));
        expect(verdict).toMatchObject({ newer: added.length, replaced: 0, unproven: 0, suspects: [] });
      }),
    );
  });

  test('finds every bucket that lost or changed a row, where none was updated', () => {
    fc.assert(
      fc.property(then, since, places, places, (was, added, lost, changed) => {
        const settled = was.map((row) => ({ ...row, class: 'old' as const }));
        const hurt = settled.filter((_row, place) => lost.includes(place) || changed.includes(place));
        const now = settled
          .map((row, place) => (changed.includes(place) ? { ...row, content: row.content + 1 } : row))
          .filter((_row, place) => !lost.includes(place));
        // Rows that could pass for newer versions of lost ones are another matter: see the next test.
        const beyond = added.filter((row) => row.class === 'beyond');
        const { suspects } = judgeRows(take(was), digest([...now, ...beyond]));
        expect(suspects.map(({ bucket }) => bucket)).toEqual(
          [...new Set(hurt.map(({ key }) => key % BUCKETS))].sort(),
        );
      }),
    );
  });

  test('never proves more than is there: what is not damaged, replaced or unproven is as it was', () => {
    fc.assert(
      fc.property(then, since, places, places, places, (was, added, updated, lost, changed) => {
        const now = was
          .map((row, place): Row => {
            if (updated.includes(place)) return { ...row, content: row.content + 1, class: 'newer' };
            return changed.includes(place) ? { ...row, content: row.content + 1 } : row;
          })
          .filter((_row, place) => !lost.includes(place));
        const verdict = judgeRows(take(was), digest([...now, ...added]));
        const intact = was.filter((_row, place) => ![...updated, ...lost, ...changed].includes(place)).length;
        expect(was.length - verdict.damaged - verdict.replaced - verdict.unproven).toBeLessThanOrEqual(
          intact,
        );
      }),
    );
  });
});
