import { describe, expect, it } from 'vitest';
import { checksOf, warningsOf, whatIsChecked } from '../../../functions/postgres/plan-validation.ts';
import type { DatabaseTarget } from '../../../schemas/target.ts';

const target = {
  name: 'main',
  instance: 'shop-main',
  secretArn: 'arn:secret',
  migrations: 'alembic',
  expectations: {
    tables: ['orders'],
    indexes: [],
    criticalTables: [],
    freshness: [{ table: 'orders', column: 'at', limitSeconds: 60 }],
    assertions: [],
  },
} as unknown as DatabaseTarget;

describe('the plan of a validation', () => {
  it.each([
    [{}, []],
    [{ manifest: 'none' }, []],
    [{ manifest: 'newest' }, ['rows against the newest manifest']],
    [{ manifest: 'before' }, ['rows against the manifest of the snapshot before']],
  ])('with %j', (request, more) => {
    expect(checksOf(target, request)).toEqual([
      'connection',
      'version',
      'migration head (alembic)',
      '1 table',
      'invalid indexes',
      '1 limit of age',
      ...more,
    ]);
  });

  it('names the instance that is looked at', () => {
    expect(whatIsChecked(target, {})).toBe('main (shop-main)');
    expect(whatIsChecked(target, { instance: 'shop-main' })).toBe('main (shop-main)');
    expect(whatIsChecked(target, { instance: 'restored' })).toBe(
      'the instance restored in place of shop-main, as if it were main',
    );
  });

  it('warns of what is different about a restored instance', () => {
    expect(warningsOf(target, {})).toEqual([]);
    expect(warningsOf(target, { instance: 'shop-main' })).toEqual([]);
    expect(warningsOf(target, { instance: 'restored' })).toEqual([
      expect.stringContaining("with today's password of arn:secret"),
      expect.stringContaining('Ages are measured from now'),
    ]);
    expect(warningsOf({ ...target, expectations: undefined }, { instance: 'restored' })).toHaveLength(1);
  });
});
