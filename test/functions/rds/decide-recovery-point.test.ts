import { describe, expect, it } from 'vitest';
import { decideRecoveryPoint } from '../../../functions/rds/decide-recovery-point.ts';
import type { RestorableSnapshot } from '../../../functions/rds/restorable-snapshots.ts';
import type { Situation } from '../../../functions/rds/state.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';
import type { RunRequest } from '../../../schemas/run.ts';
import { anInstance } from './an-instance.ts';

const OWN = '123456789012';
const OTHER = '999999999999';
const LATEST = '2026-11-21T02:55:00.000Z';
const ORIGINAL = anInstance({}, { latestRestorableAt: LATEST });

function snapshot(
  identifier: string,
  day: number,
  members: Partial<RestorableSnapshot> = {},
): RestorableSnapshot {
  return {
    identifier,
    arn: `arn:aws:rds:us-east-1:${OWN}:snapshot:${identifier}`,
    type: 'manual',
    status: 'available',
    takenAt: new Date(Date.UTC(2026, 10, day)).toISOString(),
    instance: 'orders',
    resourceId: 'db-1',
    encrypted: true,
    kmsKeyId: `arn:aws:kms:us-east-1:${OWN}:key/1`,
    copyOf: null,
    tags: {},
    engine: 'postgres',
    engineVersion: '17.5',
    allocatedGigabytes: 20,
    port: 5432,
    ...members,
  } as RestorableSnapshot;
}
const good = (identifier: string, day: number, members: Partial<RestorableSnapshot> = {}) =>
  snapshot(identifier, day, {
    ...members,
    tags: {
      [OWNER_TAG]: 'nightshift',
      [Tag.database]: 'main',
      [Tag.manifest]: `manifests/main/${identifier}.json`,
      [Tag.verifiedAt]: 'then',
      ...members.tags,
    },
  });
const automated = (day: number, members: Partial<RestorableSnapshot> = {}) =>
  snapshot(`rds:orders-${day}`, day, { type: 'automated', ...members });

const swap = {
  run: 'earlier',
  original: anInstance({}, { identifier: 'orders-before-aaaaaa' }),
  restored: anInstance({}, { identifier: 'orders-restored-aaaaaa', resourceId: 'db-2' }),
};

function decide(
  snapshots: readonly RestorableSnapshot[],
  request: RunRequest = {},
  situation: Partial<Situation> = {},
  named = snapshots.find(({ identifier }) => identifier === request.snapshot),
) {
  return decideRecoveryPoint({
    deployment: 'nightshift',
    database: 'main',
    situation: { instance: ORIGINAL, unfinishedSwap: null, ...situation },
    request,
    snapshots,
    named,
  });
}
const why = (...args: Parameters<typeof decide>) => {
  try {
    decide(...args);
    return 'nothing';
  } catch (error) {
    const { name, message } = error as Error;
    expect(message).toContain('Nothing was changed.');
    return `${name}: ${message}`;
  }
};

describe('without a wish, a restore goes back to', () => {
  it('the newest good snapshot, even if automated ones are newer', () => {
    expect(
      decide([good('old', 10), automated(20), good('new', 15), good('bad', 19, { status: 'failed' })]),
    ).toEqual({
      kind: 'snapshot',
      snapshot: 'new',
      snapshotArn: `arn:aws:rds:us-east-1:${OWN}:snapshot:new`,
      at: '2026-11-15T00:00:00.000Z',
      manifest: 'manifests/main/new.json',
      source: { engineVersion: '17.5', allocatedGigabytes: 20, port: 5432 },
      warnings: [],
    });
  });
  it('the newest automated one of this very instance where none is good, with a warning', () => {
    const of = [
      snapshot('unproved', 20, { tags: { [OWNER_TAG]: 'nightshift', [Tag.database]: 'main' } }),
      automated(12),
      automated(14),
      automated(16, { resourceId: 'db-0' }),
      good('of-others', 20, { tags: { [Tag.database]: 'other' } }),
      good('of-another-deployment', 20, { tags: { [OWNER_TAG]: 'another' } }),
    ];
    expect(decide(of)).toMatchObject({
      snapshot: 'rds:orders-14',
      manifest: null,
      warnings: [expect.stringContaining('no snapshot of main that Nightshift has proved good')],
    });
  });
  it('nothing where there is nothing', () => {
    expect(why([snapshot('somebodys', 3)])).toContain(
      'PreconditionFailed: There is nothing to restore main from',
    );
  });
});

describe('a named snapshot', () => {
  it('is taken whatever it is, with what is to be known about it', () => {
    expect(decide([good('a', 3), good('b', 4)], { snapshot: 'a' })).toMatchObject({
      snapshot: 'a',
      warnings: [],
    });
    expect(
      decide([snapshot('b', 4, { resourceId: 'db-9', instance: 'else' })], { snapshot: 'b' }).warnings,
    ).toEqual([
      expect.stringContaining('a snapshot of the instance else, not of orders'),
      expect.stringContaining('never proved good and has no manifest'),
    ]);
  });
  it.each<[string, Partial<RestorableSnapshot>, string]>([
    ['still being made', { status: 'creating' }, 'is creating'],
    ['of another engine', { engine: 'mysql' }, 'is of mysql'],
    [
      'of another account, encrypted',
      { arn: `arn:aws:rds:us-east-1:${OTHER}:snapshot:x`, kmsKeyId: `arn:aws:kms:us-east-1:${OTHER}:key/1` },
      `a key of the account ${OTHER}`,
    ],
    [
      "a copy that kept another account's key",
      { kmsKeyId: `arn:aws:kms:us-east-1:${OTHER}:key/1` },
      'Copy the snapshot within this account',
    ],
  ])('is refused when it is %s', (_, members, words) => {
    expect(why([snapshot('x', 3, members)], { snapshot: 'x' })).toContain(words);
  });
  it('of another account is taken when it is not encrypted', () => {
    const arn = `arn:aws:rds:us-east-1:${OTHER}:snapshot:x`;
    const shared = snapshot(arn, 3, { arn, type: 'shared', encrypted: false, kmsKeyId: null });
    expect(decide([], { snapshot: arn }, {}, shared)).toMatchObject({ snapshot: arn, snapshotArn: arn });
  });
  it('that is not there is refused', () => {
    expect(why([], { snapshot: 'gone' })).toContain('There is no snapshot gone in this region');
  });
});

describe('a time', () => {
  const some = [
    automated(12),
    automated(14),
    good('a', 13),
    good('b', 18),
    good('other-line', 17, { resourceId: 'db-0' }),
  ];
  it('comes with the newest manifest before it that is of the same line of time', () => {
    expect(decide(some, { toTime: '2026-11-17T12:00:00Z' })).toEqual({
      kind: 'time',
      snapshot: null,
      snapshotArn: null,
      at: '2026-11-17T12:00:00.000Z',
      manifest: 'manifests/main/a.json',
      warnings: [],
    });
    expect(decide(some, { toTime: '2026-11-12T12:00:00+01:00' })).toMatchObject({
      at: '2026-11-12T11:00:00.000Z',
      manifest: null,
      warnings: [expect.stringContaining('No manifest')],
    });
  });
  it.each([
    ['2026-11-11T23:59:59Z', 'is earlier'],
    ['2026-11-21T02:55:01Z', 'is later'],
    ['2026-11-17', 'is not a time with its zone'],
    ['2026-11-17T12:00:00', 'is not a time with its zone'],
    ['yesterday', 'is not a time with its zone'],
  ])('%s is refused: %s', (toTime, words) => {
    expect(why(some, { toTime })).toContain(words);
  });
  it('is at the ends of the window still within it', () => {
    expect(decide(some, { toTime: '2026-11-12T00:00:00Z' }).kind).toBe('time');
    expect(decide(some, { toTime: LATEST }).kind).toBe('time');
  });
  it('is refused without automated backups, and beside a snapshot', () => {
    expect(why([good('a', 13)], { toTime: LATEST })).toContain('it has no automated backups');
    expect(why(some, { toTime: LATEST, snapshot: 'a' })).toContain('InvalidInput');
  });
});

describe('an unfinished swap', () => {
  const half = { instance: null, unfinishedSwap: swap };
  it('is ended, unless something new is asked for', () => {
    expect(decide([good('a', 3)], {}, half).kind).toBe('none');
    expect(decide([good('a', 3)], { mode: 'swap' }, half).kind).toBe('none');
    expect(decide([good('a', 3)], { unfinished: 'undo' }, half).kind).toBe('none');
    expect(decide([good('a', 3)], { mode: 'beside' }, half).kind).toBe('snapshot');
    expect(decide([good('a', 3)], { snapshot: 'a' }, half).kind).toBe('snapshot');
  });
  it('cannot be ended where there is none, nor beside a new restore', () => {
    expect(why([good('a', 3)], { unfinished: 'finish' })).toContain('no unfinished swap');
    expect(why([good('a', 3)], { unfinished: 'undo', snapshot: 'a' }, half)).toContain('InvalidInput');
  });
});
