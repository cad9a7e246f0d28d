import { describe, expect, it } from 'vitest';
import { manifestOptions, workersFor } from '../../../functions/postgres/manifest/read-target-manifest.ts';
import { decideSnapshot, snapshotArn } from '../../../functions/rds/decide-snapshot.ts';
import type { SnapshotFacts } from '../../../functions/rds/list-snapshots.ts';
import type { InspectedInstance } from '../../../functions/rds/state.ts';
import { aTarget } from './a-region.ts';
import { aSnapshot, NOW } from './a-snapshot.ts';
import { anInstance } from './an-instance.ts';

const RUN = { id: 'run-now', startedAt: NOW.toISOString() };
const expectations = { tables: [], indexes: [], criticalTables: ['orders'], freshness: [], assertions: [] };
const decide = (instance: InspectedInstance | null, snapshots: readonly SnapshotFacts[] = [aSnapshot(1)]) =>
  decideSnapshot(RUN, aTarget({ expectations }), { instance, unfinishedSwap: null }, snapshots, 'test');

describe('the plan of a snapshot', () => {
  it('has nothing to warn of where all is well', () => {
    const { warnings, actions, good } = decide(anInstance());
    expect(warnings).toEqual([]);
    expect(good).toBe(1);
    expect(actions).toHaveLength(1);
    // 20 GiB for 7 of 30 days; not the first, so no full copy.
    expect(actions[0]).toMatchObject({ expectedSeconds: 120, costUsd: 0.44, reversible: true });
    expect(decide(anInstance(), []).actions[0]?.expectedSeconds).toBe(200);
  });

  it.each([
    ['busy', anInstance({}, { status: 'modifying' }), 'orders is modifying now'],
    ['not encrypted', anInstance({}, { encrypted: false }), 'is not encrypted'],
    ['without backups', anInstance({ backupRetentionDays: 0 }), 'Automated backups of orders are off'],
  ])('warns of an instance that is %s', (_, instance, warning) => {
    expect(decide(instance).warnings).toEqual([expect.stringContaining(warning)]);
  });

  it('warns before the quota is reached, whosever the snapshots are', () => {
    const foreign = Array.from({ length: 90 }, (_, index) => aSnapshot(1, { identifier: `theirs-${index}` }));
    const warned = (count: number) =>
      decide(anInstance(), [aSnapshot(1), ...foreign.slice(0, count)]).warnings.length > 0;
    expect([warned(88), warned(89)]).toEqual([false, true]);
  });

  it('counts the new snapshot among those that are kept', () => {
    const old = [aSnapshot(20), aSnapshot(30), aSnapshot(40)];
    const { due, actions } = decide(anInstance(), old);
    expect(due.map(({ snapshot }) => snapshot)).toEqual([old[2]]);
    expect(actions[1]).toMatchObject({
      call: 'rds:DeleteDBSnapshot',
      reversible: false,
      parameters: { snapshots: [{ identifier: old[2]?.identifier, why: '40 days old; kept for 7' }] },
    });
  });

  it.each(['deleting', 'stopped', 'storage-full', 'incompatible-restore'])(
    'refuses an instance that is %s',
    (status) => {
      expect(() => decide(anInstance({}, { status }))).toThrow(
        `orders is ${status}, and RDS takes no snapshot`,
      );
    },
  );

  it('refuses while nobody has the name', () => {
    expect(() => decide(null)).toThrow('a swap is half-way');
  });
});

it('makes the ARN of a snapshot from that of its instance, in any partition', () => {
  expect(snapshotArn('arn:aws-cn:rds:cn-north-1:1:db:orders', 'x')).toBe(
    'arn:aws-cn:rds:cn-north-1:1:snapshot:x',
  );
});

it('names tables for the manifest as it prints them', () => {
  expect(
    manifestOptions({
      expectations: {
        ...expectations,
        criticalTables: ['orders', 'public.items', 'billing."Old.Lines"', 'Big'],
      },
      manifest: { excludedSchemas: ['audit'], timestampColumns: { orders: 'placed', '"a.b".c': '"At"' } },
    }),
  ).toEqual({
    critical: ['public.orders', 'public.items', 'billing."Old.Lines"', 'public."Big"'],
    excludedSchemas: ['audit'],
    timestampColumns: { 'public.orders': 'placed', '"a.b".c': 'At' },
  });
  expect([workersFor('db.t4g.micro'), workersFor('db.r6g.large'), workersFor('')]).toEqual([2, 4, 4]);
});
