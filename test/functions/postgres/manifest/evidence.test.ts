import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparisonOf,
  summarize,
  type TableComparison,
  type TableVerdict,
} from '../../../../functions/postgres/manifest/comparison.ts';
import { comparisonChecks } from '../../../../functions/postgres/manifest/evidence.ts';

function table(name: string, verdict: TableVerdict, other: Partial<TableComparison> = {}): TableComparison {
  const rows = other.rows ?? null;
  return {
    schema: 'public',
    name,
    verdict,
    summary: summarize({ schema: 'public', name }, verdict, rows, null),
    scope: 'all',
    rows,
    keyRange: null,
    suspectRows: null,
    differences: [],
    ...other,
  };
}
const rows = (change: object) =>
  ({
    verdict: 'newer',
    newer: 0,
    replaced: 0,
    damaged: 0,
    unproven: 0,
    suspects: [],
    ...change,
  }) as TableComparison['rows'];
const checksOf = (tables: TableComparison[], surroundings: string[] = []) =>
  comparisonChecks(comparisonOf(tables, surroundings)).map(({ name, passed, measured }) => [
    name,
    passed,
    measured,
  ]);

describe('a comparison as evidence', () => {
  it('sums up what is good', () => {
    expect(
      checksOf([
        table('a', 'identical'),
        table('b', 'newer', { rows: rows({ newer: 7 }), scope: 'buckets' }),
        table('c', 'unchecked', { scope: 'none' }),
        table('d', 'new', { scope: 'none' }),
      ]),
    ).toEqual([
      [
        'rows',
        true,
        '2 of 3 tables are as in the manifest or newer; 7 rows were written since; of 1 a part of the contents was compared; 1 not checked (public.c); 1 table is not in the manifest',
      ],
      [
        'around the tables',
        true,
        'definitions, extensions, roles, memberships and settings are as in the manifest',
      ],
    ]);
  });

  it('names each table that is not good, its name as SQL has it', () => {
    const damaged = rows({ damaged: 9 });
    expect(
      checksOf([
        table('Old "Orders"', 'dropped'),
        table('items', 'truncated', { rows: damaged, differences: ['index "i" was dropped'] }),
        table('fine', 'identical'),
      ]),
    ).toMatchObject([
      ['rows of public."Old ""Orders"""', false, 'dropped'],
      ['rows of public.items', false, 'truncated: none of 9 rows is left; index "i" was dropped'],
      ['rows', false, '1 of 3 tables are as in the manifest or newer'],
      ['around the tables', true, expect.any(String)],
    ]);
  });

  it('tells what changed around the tables, and does not fail for it', () => {
    expect(
      checksOf(
        [table('a', 'identical', { differences: ['index "i" is invalid'] })],
        ['role "app" is gone'],
      ).at(-1),
    ).toEqual([
      'around the tables',
      true,
      'not as in the manifest: role "app" is gone, public.a: index "i" is invalid',
    ]);
  });

  it('says that a manifest without tables proves nothing', () => {
    expect(checksOf([])[0]).toEqual(['rows', true, 'the manifest has no tables']);
  });

  it('stays small with ten thousand tables: fifty are named, the rest is counted', () => {
    const long = 'x'.repeat(63);
    const tables = Array.from({ length: 10_000 }, (_, place) =>
      table(`${long}${place}`, 'different', {
        summary: 'y'.repeat(5000),
        differences: Array.from({ length: 100 }, () => long),
      }),
    );
    const checks = comparisonChecks(
      comparisonOf(
        tables,
        Array.from({ length: 10_000 }, () => long),
      ),
    );
    expect(checks).toHaveLength(50 + 3);
    expect(checks[50]).toMatchObject({ name: 'rows of further tables', passed: false });
    expect(checks[50]?.measured).toMatch(/^9950 more tables are not as in the manifest: /);
    // Together they become the cause of a failed execution.
    const cause = checks.filter(({ passed }) => !passed).map(({ name, measured }) => `${name}: ${measured}`);
    expect(cause.join('; ').length).toBeLessThan(30_000);
    expect(JSON.stringify(checks).length).toBeLessThan(40_000);
  });

  it('passes if and only if the comparison passes, and loses no table', () => {
    const verdict = fc.constantFrom<TableVerdict>(
      'identical',
      'newer',
      'different',
      'truncated',
      'dropped',
      'new',
      'columns changed',
      'unreadable',
      'unchecked',
    );
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 120 }), (verdicts) => {
        const comparison = comparisonOf(
          verdicts.map((one, place) => table(`t${place}`, one, { rows: rows({}) })),
          [],
        );
        const checks = comparisonChecks(comparison);
        expect(checks.every(({ passed }) => passed)).toBe(comparison.passed);
        const named = checks.filter(({ name }) => name.startsWith('rows of public.')).length;
        const counted = Number(
          /^(\d+) more/.exec(
            checks.find(({ name }) => name === 'rows of further tables')?.measured ?? '',
          )?.[1] ?? 0,
        );
        const bad = verdicts.filter((one) =>
          ['different', 'truncated', 'dropped', 'columns changed', 'unreadable'].includes(one),
        );
        expect(named + counted).toBe(bad.length);
      }),
    );
  });
});
