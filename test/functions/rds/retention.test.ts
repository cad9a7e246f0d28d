import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnapshotFacts } from '../../../functions/rds/list-snapshots.ts';
import { decideRetention, isGood, isOwn } from '../../../functions/rds/retention.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';
import type { SnapshotPolicy } from '../../../schemas/target.ts';
import { aSnapshot, daysAgo, NOW, OWNERSHIP } from './a-snapshot.ts';

const POLICY: SnapshotPolicy = { keepDays: 7, keepAtLeast: 2 };
const newest = [aSnapshot(0), aSnapshot(1)];

function dueOf(snapshots: readonly SnapshotFacts[], policy = POLICY): string[] {
  return decideRetention(snapshots, OWNERSHIP, policy, NOW).due.map(({ snapshot }) => snapshot.identifier);
}
const why = (one: SnapshotFacts, ...others: SnapshotFacts[]) => {
  const { due, kept } = decideRetention([...newest, ...others, one], OWNERSHIP, POLICY, NOW);
  return [...due, ...kept].find(({ snapshot }) => snapshot === one)?.why;
};

describe('retention', () => {
  it('lets old ones go, oldest first, and says why', () => {
    const old = [aSnapshot(8), aSnapshot(30)];
    const { due } = decideRetention([...newest, ...old, aSnapshot(6)], OWNERSHIP, POLICY, NOW);
    expect(due).toEqual([
      { snapshot: old[1], why: '30 days old; kept for 7' },
      { snapshot: old[0], why: '8 days old; kept for 7' },
    ]);
  });

  it('keeps so many good ones however old they are', () => {
    const old = [aSnapshot(100), aSnapshot(200), aSnapshot(300)];
    expect(dueOf(old)).toEqual([old[2]?.identifier]);
    expect(dueOf(old, { keepDays: 0, keepAtLeast: 0 })).toEqual([old[2]?.identifier, old[1]?.identifier]);
  });

  it('does not count one that was never proved, or failed', () => {
    const old = [aSnapshot(100), aSnapshot(200)];
    const unproved = [
      aSnapshot(0.1, {}, { good: false }),
      aSnapshot(0.2, { status: 'failed', takenAt: null }),
    ];
    expect(dueOf([...old, ...unproved])).toEqual([]);
  });

  it.each([
    [
      'failed',
      aSnapshot(2, { status: 'failed', takenAt: null }, { good: false }),
      'failed, 2 days old',
      true,
    ],
    [
      'just failed',
      aSnapshot(0.5, { status: 'failed' }, { good: false }),
      'failed, not yet 1 day old',
      false,
    ],
    ['unproved', aSnapshot(2, {}, { good: false }), 'never proved good, 2 days old', true],
    ['being made', aSnapshot(20, { status: 'creating' }), 'it is creating', false],
    ['of a state that is new to us', aSnapshot(20, { status: 'sealed' }), 'it is sealed', false],
    [
      'used by a restore',
      aSnapshot(20, { tags: { [Tag.inUseBy]: `restore-7 ${daysAgo(0.9).toISOString()}` } }),
      'restore-7 restores from it',
      false,
    ],
    [
      'marked by a restore that died',
      aSnapshot(20, { tags: { [Tag.inUseBy]: `restore-7 ${daysAgo(1.1).toISOString()}` } }),
      '20 days old; kept for 7',
      true,
    ],
    ['marked unreadably', aSnapshot(20, { tags: { [Tag.inUseBy]: 'Ann' } }), 'Ann restores from it', false],
  ])('one %s', (_, snapshot, reason, due) => {
    expect(why(snapshot)).toBe(reason);
    expect(dueOf([...newest, snapshot])).toEqual(due ? [snapshot.identifier] : []);
  });

  it('keeps one while it is being copied', () => {
    const source = aSnapshot(20);
    const copy = aSnapshot(0, { identifier: 'kept-by-ann', status: 'creating', copyOf: source.arn });
    expect(why(source, copy)).toBe('kept-by-ann is being copied from it');
    expect(dueOf([...newest, source, { ...copy, status: 'available' }])).toEqual([source.identifier]);
  });

  it('keeps an unproved one while there is no good one', () => {
    const unproved = aSnapshot(9, {}, { good: false });
    expect(dueOf([unproved])).toEqual([]);
    expect(dueOf([unproved, aSnapshot(8)])).toEqual([unproved.identifier]);
  });

  it.each([
    ['of another deployment', { tags: { [OWNER_TAG]: 'other' } }],
    ['of another database', { tags: { [Tag.database]: 'other' } }],
    ['with another purpose', { tags: { [Tag.purpose]: 'drill' } }],
    ['that a person copied with its tags', { identifier: 'before-the-migration' }],
    ['that is a copy', { copyOf: 'arn:aws:rds:us-east-1:123456789012:snapshot:x' }],
    ['that RDS made itself', { type: 'automated' }],
    ['whose run is another', { tags: { [Tag.run]: 'another' } }],
  ])('never touches one %s', (_, members) => {
    const foreign = aSnapshot(100, members);
    expect(isOwn(foreign, OWNERSHIP)).toBe(false);
    expect(dueOf([...newest, foreign])).toEqual([]);
  });
});

describe('retention, whatever there is', () => {
  const tags = fc.record(
    {
      [OWNER_TAG]: fc.constantFrom('test', 'other'),
      [Tag.database]: fc.constantFrom('main', 'other'),
      [Tag.purpose]: fc.constantFrom('snapshot', 'restore'),
      [Tag.inUseBy]: fc.constantFrom(
        '',
        'run',
        `run ${daysAgo(0.5).toISOString()}`,
        `run ${daysAgo(3).toISOString()}`,
      ),
    },
    { requiredKeys: [] },
  );
  const any = fc
    .record({
      days: fc.integer({ min: -1, max: 400 }),
      id: fc.uuid(),
      good: fc.boolean(),
      members: fc.record(
        {
          status: fc.constantFrom('available', 'available', 'failed', 'creating', 'copying'),
          type: fc.constantFrom('manual', 'automated'),
          takenAt: fc.constant(null),
          tags,
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ days, id, good, members }) => aSnapshot(days, members, { runId: id, good }));
  const snapshots = fc.array(any, { maxLength: 60 });
  const policy = fc.record({
    keepDays: fc.integer({ min: 0, max: 60 }),
    keepAtLeast: fc.integer({ min: 0, max: 8 }),
  });
  const both = [snapshots, policy] as const;
  const good = (all: readonly SnapshotFacts[]) =>
    all
      .filter((one) => isGood(one, OWNERSHIP))
      .sort((left, right) => Date.parse(right.takenAt ?? '') - Date.parse(left.takenAt ?? ''));

  it('deletes nothing of others', () =>
    fc.assert(
      fc.property(...both, (all, rules) => {
        for (const { snapshot } of decideRetention(all, OWNERSHIP, rules, NOW).due) {
          expect(snapshot.type).toBe('manual');
          expect(snapshot.tags).toMatchObject({
            [OWNER_TAG]: 'test',
            [Tag.database]: 'main',
            [Tag.purpose]: 'snapshot',
          });
          expect(['available', 'failed']).toContain(snapshot.status);
        }
      }),
    ));

  it('leaves the newest good ones', () =>
    fc.assert(
      fc.property(...both, (all, rules) => {
        const { due } = decideRetention(all, OWNERSHIP, rules, NOW);
        const gone = new Set(due.map(({ snapshot }) => snapshot));
        const left = good(all.filter((one) => !gone.has(one)));
        const before = good(all);
        expect(left.length).toBeGreaterThanOrEqual(Math.min(Math.max(1, rules.keepAtLeast), before.length));
        if (before[0]) expect(left[0]?.takenAt).toBe(before[0].takenAt);
      }),
    ));

  it('never lets a good one go before an older one that is free to go', () =>
    fc.assert(
      fc.property(...both, (all, rules) => {
        const gone = new Set(decideRetention(all, OWNERSHIP, rules, NOW).due.map(({ snapshot }) => snapshot));
        const free = good(all).filter(({ tags }) => tags[Tag.inUseBy] === undefined);
        const first = free.findIndex((one) => gone.has(one));
        if (first < 0) return;
        const youngest = free[first]?.takenAt;
        for (const older of free.slice(first))
          if (older.takenAt !== youngest) expect(gone.has(older)).toBe(true);
      }),
    ));

  it('does not depend on the order, and a second time finds nothing', () =>
    fc.assert(
      fc.property(...both, (all, rules) => {
        const names = (list: readonly SnapshotFacts[]) =>
          decideRetention(list, OWNERSHIP, rules, NOW).due.map(({ snapshot }) => snapshot.identifier);
        const due = names(all);
        expect(names(all.toReversed())).toEqual(due);
        expect(names(all.filter(({ identifier }) => !due.includes(identifier)))).toEqual([]);
      }),
    ));
});
