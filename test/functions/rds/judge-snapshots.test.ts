import { describe, expect, it } from 'vitest';
import { whyNotGood } from '../../../functions/rds/judge-snapshot.ts';
import { type FoundSnapshots, judgeSnapshots } from '../../../functions/rds/judge-snapshots.ts';
import type { SnapshotFacts } from '../../../functions/rds/list-snapshots.ts';
import { Tag } from '../../../schemas/names.ts';
import { aSnapshot, daysAgo, NOW } from './a-snapshot.ts';
import { anInstance } from './an-instance.ts';

const RUN = { id: 'run-now', startedAt: NOW.toISOString() };
const instance = anInstance();
const taken = aSnapshot(-0.01, {}, { runId: 'run-now' });

describe('a finished snapshot', () => {
  it.each([
    ['as it should be', {}, undefined],
    ['failed', { status: 'failed' }, 'it is failed, not available'],
    ["of another run's", { tags: { [Tag.run]: 'other' } }, 'it is not marked as made by this run'],
    ['of another instance', { resourceId: 'db-2' }, 'the name has changed hands meanwhile'],
    ['not encrypted', { encrypted: false }, 'it is not encrypted, and its instance is'],
    ['of older data', { takenAt: daysAgo(0.1).toISOString() }, 'before this run began'],
    ['of data of no time', { takenAt: null }, 'RDS does not tell when its data were taken'],
  ] as Array<[string, Partial<SnapshotFacts>, string | undefined]>)('%s', (_, members, why) => {
    const found = whyNotGood({ ...taken, ...members }, instance, RUN);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(why);
  });

  it('must have the key of its instance', () => {
    const [snapshot, of] = [
      { ...taken, kmsKeyId: 'arn:a' },
      { ...instance, kmsKeyId: 'arn:b' },
    ];
    expect(whyNotGood(snapshot, of, RUN)).toContain('another key');
    expect(whyNotGood(snapshot, { ...of, kmsKeyId: 'arn:a' }, RUN)).toBeUndefined();
  });
});

describe('the verification', () => {
  const stored = (members: object = {}) =>
    ({
      stored: {
        snapshotArn: taken.arn,
        takenAt: NOW.toISOString(),
        manifest: { tables: [1, 2] },
        ...members,
      },
    }) as never;
  const failed = (members: Partial<FoundSnapshots> = {}) =>
    judgeSnapshots({
      run: RUN,
      target: { name: 'main', snapshots: { keepDays: 7, keepAtLeast: 3 } },
      deployment: 'test',
      identifier: taken.identifier,
      snapshot: taken,
      instance,
      manifest: stored(),
      snapshots: [taken, aSnapshot(1), aSnapshot(2)],
      goodBefore: 2,
      planned: [],
      retention: { deleted: [], skipped: [], left: [] },
      at: NOW.toISOString(),
      ...members,
    })
      .filter(({ passed }) => !passed)
      .map(({ name, measured }) => `${name}: ${measured}`);
  const old = [taken, aSnapshot(1), aSnapshot(2), aSnapshot(9)];
  const planned = [aSnapshot(9).identifier];

  it('passes where all is as promised', () => {
    expect(failed()).toEqual([]);
    expect(failed({ snapshots: [taken], goodBefore: 0 })).toEqual([]);
  });

  it.each([
    ['there is no snapshot', { snapshot: undefined }, ['snapshot', 'encryption', 'manifest']],
    ['it is not marked', { snapshot: { ...taken, tags: { [Tag.run]: 'run-now' } } }, ['snapshot']],
    ['there is no manifest', { manifest: { why: 'unreachable' } }, ['manifest: there is none (unreachable)']],
    [
      "the manifest is another snapshot's",
      { manifest: stored({ snapshotArn: 'arn:x' }) },
      ['manifest: it belongs to'],
    ],
    [
      'the manifest came later',
      { manifest: stored({ takenAt: daysAgo(-1).toISOString() }) },
      ['manifest: it was taken at'],
    ],
    ['good ones are missing', { snapshots: [taken] }, ['good snapshots: 1, at least 3']],
    ['an old one is still there', { snapshots: old, planned }, ['retention: still there although deleted']],
  ] as Array<[string, Partial<FoundSnapshots>, string[]]>)('fails when %s', (_, members, checks) => {
    expect(failed(members)).toEqual(
      checks.map((check) => expect.stringMatching(new RegExp(`^${check.replace(/[()]/g, '\\$&')}`))),
    );
  });

  it('excuses what was left for the next run, kept for a reason, or never planned', () => {
    const [name] = planned as [string];
    const retention = { deleted: [], skipped: [], left: [] };
    expect(failed({ snapshots: old, planned, retention: { ...retention, left: [name] } })).toEqual([]);
    expect(
      failed({
        snapshots: old,
        planned,
        retention: { ...retention, skipped: [{ snapshot: name, why: 'x' }] },
      }),
    ).toEqual([]);
    expect(failed({ snapshots: old })).toEqual([]);
  });
});
