import { describe, expect, it } from 'vitest';
import {
  comparisonOf,
  type TableComparison,
  type TableVerdict,
} from '../../../../functions/postgres/manifest/comparison.ts';
import { countLoss } from '../../../../functions/postgres/manifest/count-loss.ts';
import { judgeRows } from '../../../../functions/postgres/prove-database.ts';

const AT = '2026-11-21T02:00:00Z';

function table(
  name: string,
  verdict: TableVerdict,
  newer = 0,
  scope: TableComparison['scope'] = 'all',
): TableComparison {
  return {
    schema: 'public',
    name,
    verdict,
    summary: `public.${name}: ${verdict}`,
    scope,
    rows: { verdict: 'newer', newer, replaced: 0, damaged: 0, unproven: 0, suspects: [] },
    keyRange: null,
    suspectRows: null,
    differences: [],
  };
}
const of = (...tables: TableComparison[]) => comparisonOf(tables, []);

describe('countLoss', () => {
  it('counts the newer rows of each table, most of them first', () => {
    expect(
      countLoss(of(table('a', 'newer', 3), table('b', 'newer', 9), table('c', 'identical')), AT, AT),
    ).toEqual({
      tables: [
        { table: 'public.b', rows: 9 },
        { table: 'public.a', rows: 3 },
      ],
      returning: [],
      warnings: [],
    });
  });
  it('names what would come back, with the rows that it got since', () => {
    const loss = countLoss(
      of(table('a', 'dropped'), table('b', 'truncated', 2), table('c', 'different', 1)),
      AT,
      AT,
    );
    expect(loss.returning).toEqual(['public.a: dropped', 'public.b: truncated', 'public.c: different']);
    expect(loss.tables).toHaveLength(2);
  });
  it.each<[string, TableComparison, string]>([
    ['a new table', table('n', 'new'), 'would be gone'],
    ['a table that nobody can count', table('n', 'unchecked'), 'could not be counted: public.n'],
    ['a large one', table('n', 'newer', 1, 'edges'), 'only the ends were counted: public.n'],
  ])('warns of %s', (_, one, words) => {
    expect(countLoss(of(one), AT, AT).warnings).toEqual([expect.stringContaining(words)]);
  });
  it('says when the manifest is older than the recovery point', () => {
    expect(countLoss(of(), '2026-11-21T01:45:00Z', AT).warnings).toEqual([]);
    expect(countLoss(of(), '2026-11-21T01:44:00Z', AT).warnings).toEqual([
      expect.stringContaining('16 minutes before'),
    ]);
  });
});

describe('judgeRows', () => {
  const failed = (takenAt: string, ...tables: TableComparison[]) =>
    judgeRows(of(...tables), { takenAt }, AT)
      .filter(({ passed }) => !passed)
      .map(({ name }) => name);
  it('fails for lost rows where the manifest is of the same time', () => {
    expect(failed('2026-11-21T01:59:00Z', table('a', 'different'), table('b', 'newer', 1))).toEqual([
      'rows of public.a',
      'rows',
    ]);
  });
  it('does not where they may have been deleted on purpose in between, and says so', () => {
    const checks = judgeRows(of(table('a', 'different')), { takenAt: '2026-11-20T02:00:00Z' }, AT);
    expect(checks.every(({ passed }) => passed)).toBe(true);
    expect(checks[0]?.measured).toContain('NOT PROVED: the manifest is 1440 minutes older');
  });
  it('fails for damage all the same', () => {
    expect(failed('2026-11-20T02:00:00Z', table('a', 'unreadable'))).toContain('rows of public.a');
  });
});
