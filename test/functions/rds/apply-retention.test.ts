import * as sdk from '@aws-sdk/client-rds';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { manifestKey } from '../../../functions/postgres/manifest/store.ts';
import { handler as applyRetention } from '../../../functions/rds/apply-retention.ts';
import { listManualSnapshots, type SnapshotFacts } from '../../../functions/rds/list-snapshots.ts';
import { handler as planSnapshot } from '../../../functions/rds/plan-snapshot.ts';
import type { AppliedRetention, Situation } from '../../../functions/rds/state.ts';
import { AwsError, type Machine, type Service } from '../../../sandbox/contract.ts';
import { pageOf } from '../../../sandbox/services/rds/paging.ts';
import { Tag } from '../../../schemas/names.ts';
import type { Plan } from '../../../schemas/run.ts';
import { aRegion, aTarget, call } from './a-region.ts';
import { aSnapshot, daysAgo, NOW } from './a-snapshot.ts';
import { anInstance } from './an-instance.ts';

let region: Awaited<ReturnType<typeof aRegion>>;
let s3: S3Client;
let snapshots: Map<string, SnapshotFacts>;
let pages = 0;
/** Called right before a snapshot is described alone, as it is right before its deletion. */
let beforeLook: (identifier: string) => void = () => {};
const removals: Array<() => void> = [];
const target = aTarget();
const situation: Situation = { instance: anInstance(), unfinishedSwap: null };

/** RDS with as many snapshots as a test wants: more than the sandbox's own, which holds data for each, may have. */
function manySnapshots(): Service {
  const show = (one: SnapshotFacts): sdk.DBSnapshot => ({
    DBSnapshotIdentifier: one.identifier,
    DBSnapshotArn: one.arn,
    SnapshotType: one.type,
    Status: one.status,
    ...(one.takenAt === null ? {} : { SnapshotCreateTime: new Date(one.takenAt) }),
    DBInstanceIdentifier: one.instance,
    DbiResourceId: one.resourceId,
    Encrypted: one.encrypted,
    ...(one.copyOf === null ? {} : { SourceDBSnapshotIdentifier: one.copyOf }),
    TagList: Object.entries(one.tags).map(([Key, Value]) => ({ Key, Value })),
  });
  const find = (identifier: string): SnapshotFacts => {
    const found = snapshots.get(identifier);
    if (!found) throw new AwsError('DBSnapshotNotFoundFault', `${identifier} not found.`, { status: 404 });
    return found;
  };
  return {
    name: 'rds',
    apis: [
      {
        signingNames: ['rds'],
        sdk,
        client: 'RDSClient',
        operations: {
          DescribeDBSnapshots: {
            permissions: () => [],
            handle(input) {
              if (input.DBSnapshotIdentifier !== undefined) {
                beforeLook(input.DBSnapshotIdentifier);
                return { DBSnapshots: [show(find(input.DBSnapshotIdentifier))] };
              }
              pages += 1;
              const { page, marker } = pageOf([...snapshots.values()], input);
              return { DBSnapshots: page.map(show), Marker: marker };
            },
          },
          DeleteDBSnapshot: {
            permissions: () => [],
            handle({ DBSnapshotIdentifier }) {
              const found = find(DBSnapshotIdentifier);
              if (found.status !== 'available' && found.status !== 'failed')
                throw new AwsError('InvalidDBSnapshotStateFault', `it is ${found.status}`);
              snapshots.delete(DBSnapshotIdentifier);
              return { DBSnapshot: show(found) };
            },
          },
        },
      },
    ],
    providers: [],
    close() {},
  };
}

beforeAll(async () => {
  region = await aRegion((_: Machine) => manySnapshots());
  s3 = new S3Client(region.client);
});
beforeEach(() => {
  snapshots = new Map();
  pages = 0;
});
afterEach(async () => {
  beforeLook = () => {};
  for (const remove of removals.splice(0)) remove();
  await region.turn('on');
});
afterAll(async () => {
  s3?.destroy();
  await region?.stop();
});

const enter = (...entered: SnapshotFacts[]) => {
  for (const one of entered) snapshots.set(one.identifier, one);
};
const days = (count: number, first = 1) =>
  Array.from({ length: count }, (_, index) => aSnapshot(first + index));

/** A run that has taken today's snapshot and proved it. */
async function begun(id: string) {
  const opened = await region.openRun(target, id, NOW);
  const plan = await call<Plan>(planSnapshot, { ...opened, situation });
  enter(aSnapshot(0, {}, { runId: id }));
  return { ...opened, situation, plan };
}
const apply = (state: unknown) => call<AppliedRetention>(applyRetention, state);
const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'reports', Key, Body: '{}' }));
const isStored = (Key: string) =>
  s3.send(new GetObjectCommand({ Bucket: 'reports', Key })).then(
    () => true,
    () => false,
  );

test('deletes what the plan names, and nothing of others', async () => {
  const foreign = [
    aSnapshot(50, { identifier: 'by-hand', tags: { [Tag.run]: 'ann' } }),
    aSnapshot(60, { tags: { [Tag.database]: 'other' } }),
    aSnapshot(70, { identifier: 'copied-with-tags', copyOf: 'arn:x' }),
  ];
  const mine = days(10);
  enter(...foreign, ...mine);
  const state = await begun('plain');
  const gone = [10, 9, 8].map((day) => mine[day - 1]?.identifier);
  expect(state.plan.observed.due).toEqual(gone);
  expect(await apply(state)).toEqual({ deleted: gone, skipped: [], left: [] });
  expect([...snapshots.keys()]).toEqual(expect.arrayContaining(foreign.map(({ identifier }) => identifier)));
  expect(snapshots.size).toBe(3 + 7 + 1);
  // Again it answers the same, and does not look.
  pages = 0;
  expect((await apply(state)).deleted).toEqual(gone);
  expect(pages).toBe(0);
});

test('pages through a thousand snapshots and deletes at most fifty at a time, the oldest first', async () => {
  enter(...days(1000));
  expect(await listManualSnapshots()).toHaveLength(1000);
  expect(pages).toBe(10);
  const state = await begun('thousand');
  expect(state.plan.observed).toMatchObject({ manualSnapshots: 1000, dueLater: 943 });
  const { deleted } = await apply(state);
  expect(deleted).toHaveLength(50);
  expect(deleted[0]).toBe(aSnapshot(1000).identifier);
  expect(snapshots.size).toBe(951);
  expect(JSON.stringify(state.plan).length).toBeLessThan(20_000);
});

test('keeps its progress when it is throttled throughout', async () => {
  enter(...days(12));
  const state = await begun('throttled');
  // Each try of the client is refused again and again; only now and then a call gets through.
  let calls = 0;
  removals.push(
    region.machine.faults.add({ call: 'rds:*', effect: 'throttle', occurrences: [4, 5, 6, 9, 10, 11] }),
  );
  let applied: AppliedRetention | undefined;
  while (applied === undefined && calls < 10) {
    calls += 1;
    applied = await apply(state).catch((error: Error) => {
      expect(error.name).toBe('Transient');
      return undefined;
    });
  }
  expect(calls).toBeGreaterThan(1);
  expect(applied?.deleted).toEqual(state.plan.observed.due);
  expect(snapshots.size).toBe(8);
}, 30_000);

test('looks again right before each deletion', async () => {
  const [used, sealed, taken, gone, ...others] = days(12).toReversed() as [
    SnapshotFacts,
    SnapshotFacts,
    SnapshotFacts,
    SnapshotFacts,
    ...SnapshotFacts[],
  ];
  enter(used, sealed, taken, gone, ...others);
  const state = await begun('changed');
  const change = (one: SnapshotFacts, members: Partial<SnapshotFacts>) => enter({ ...one, ...members });
  beforeLook = (identifier) => {
    if (identifier === used.identifier)
      change(used, { tags: { ...used.tags, [Tag.inUseBy]: `restore-1 ${daysAgo(0).toISOString()}` } });
    if (identifier === sealed.identifier) change(sealed, { status: 'copying' });
    if (identifier === taken.identifier) change(taken, { tags: {} });
    if (identifier === gone.identifier) snapshots.delete(identifier);
  };
  const applied = await apply(state);
  expect(applied.skipped).toEqual([
    { snapshot: used.identifier, why: 'restore-1 restores from it' },
    { snapshot: sealed.identifier, why: 'it is copying' },
    { snapshot: taken.identifier, why: 'its tags no longer say that it is ours' },
  ]);
  expect(applied.deleted).toHaveLength(2);
  expect(applied.deleted).toContain(gone.identifier);
});

test('does not go on when good ones have vanished meanwhile', async () => {
  const mine = days(9);
  enter(...mine);
  const state = await begun('vanished');
  expect(state.plan.observed.due).toHaveLength(2);
  for (const one of mine.slice(0, 7)) snapshots.delete(one.identifier);
  const applied = await apply(state);
  expect(applied.deleted).toEqual([]);
  expect(applied.skipped.map(({ why }) => why)).toEqual(Array(2).fill('one of the 3 newest good ones'));
});

test('deletes manifests once neither a snapshot nor a restore to a point in time needs them', async () => {
  const mine = days(12);
  enter(
    ...mine,
    aSnapshot(0, {
      identifier: 'kept-by-ann',
      tags: { [Tag.manifest]: manifestKey('main', mine[11]?.identifier ?? '') },
    }),
  );
  const keys = [...mine, aSnapshot(5, {}, { runId: 'deleted-by-hand' })].map(({ identifier }) =>
    manifestKey('main', identifier),
  );
  for (const key of [...keys, 'manifests/main/notes.json', 'manifests/other/x.json']) await put(key);
  const state = {
    ...(await begun('manifests')),
    situation: { instance: anInstance({ backupRetentionDays: 9 }), unfinishedSwap: null },
  };
  await apply(state);
  const stored = await Promise.all(keys.map(isStored));
  // Of 10 and 11 days ago they go; of 12, a copy needs it; of 8 and 9, the log does.
  expect(stored.map((is, index) => (is ? 0 : index + 1)).filter((day) => day > 0)).toEqual([10, 11]);
  expect(await isStored('manifests/main/notes.json')).toBe(true);
  expect(await isStored('manifests/other/x.json')).toBe(true);
});

test('deletes nothing once the switch is off', async () => {
  enter(...days(12));
  const state = await begun('off');
  await region.turn('off');
  await expect(apply(state)).rejects.toMatchObject({ name: 'Refused' });
  expect(snapshots.size).toBe(13);
});
