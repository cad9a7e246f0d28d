import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideHandOver } from '../../../functions/rds/decide-hand-over.ts';
import { decideRestore, type RestoreQuestion } from '../../../functions/rds/decide-restore.ts';
import type { ListedInstance } from '../../../functions/rds/list-instances.ts';
import { hourlyUsd, medianOfRestores } from '../../../functions/rds/restore-estimates.ts';
import { restoreCommand, restoreRefusal, tagsFor } from '../../../functions/rds/restore-request.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';
import { anInstance } from './an-instance.ts';

const ORIGINAL = anInstance({ subnetGroup: 'inside' });
const SWAP = {
  run: 'earlier',
  original: anInstance({}, { identifier: 'orders-before-aaaaaa' }),
  restored: anInstance({}, { identifier: 'orders-restored-aaaaaa', resourceId: 'db-2' }),
};
const POINT = {
  kind: 'snapshot' as const,
  snapshot: 'good',
  snapshotArn: 'arn:aws:rds:us-east-1:123456789012:snapshot:good',
  at: '2026-11-21T02:00:00.000Z',
  manifest: 'manifests/main/good.json',
  source: { engineVersion: '17.5', allocatedGigabytes: 20, port: 5432 },
  warnings: [],
};
const NONE = { ...POINT, kind: 'none' as const, snapshot: null, snapshotArn: null };

function question(members: Partial<RestoreQuestion> = {}): RestoreQuestion {
  return {
    runId: 'run-1',
    target: {
      name: 'main',
      instance: 'Orders',
      consumers: ['api', 'worker'],
      secretArn: 'secret',
      masterSecretArn: undefined,
    },
    situation: { instance: ORIGINAL, unfinishedSwap: null },
    recoveryPoint: POINT,
    loss: {
      seconds: 3600,
      tables: [{ table: 'public.orders', rows: 7 }],
      returning: ['public.lost: dropped'],
      warnings: [],
    },
    mode: 'beside',
    unfinished: 'finish',
    expected: { seconds: 1500, runs: 3 },
    ...members,
  };
}
const half = { situation: { instance: null, unfinishedSwap: SWAP }, recoveryPoint: NONE };
const ids = (members: Partial<RestoreQuestion>) =>
  decideRestore(question(members)).actions.map(({ id }) => id);
const why = (members: Partial<RestoreQuestion>) => {
  try {
    decideRestore(question(members));
    return 'nothing';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};

describe('decideRestore', () => {
  it('restores beside, and says what is lost and what comes back', () => {
    const decision = decideRestore(question());
    expect(decision).toMatchObject({ restores: true, swaps: false, undoes: false });
    expect(decision.summary).toMatch(/about 25 minutes, the median of 3 earlier runs/);
    expect(decision.summary).toContain('does not have: the last 60 minutes, 7 rows (public.orders: 7)');
    expect(decision.summary).toContain('What would come back: public.lost: dropped.');
    expect(ids({})).toEqual(['restore-instance', 'settle-instance', 'hand-over']);
    expect(decision.actions[0]).toMatchObject({
      call: 'rds:RestoreDBInstanceFromDBSnapshot',
      parameters: { DBSnapshotIdentifier: 'good', DBSubnetGroupName: 'inside' },
    });
  });

  it('swaps in the order in which things happen', () => {
    expect(ids({ mode: 'swap' })).toEqual([
      'restore-instance',
      'settle-instance',
      'stop-api',
      'stop-worker',
      'end-sessions',
      'rename-original',
      'rename-restored',
      'start-api',
      'start-worker',
      'hand-over',
    ]);
    expect(decideRestore(question({ mode: 'swap' })).summary).toContain(
      'What would be lost: the last 60 minutes',
    );
  });

  it('restores from the instance itself to a time', () => {
    const [action] = decideRestore(
      question({ recoveryPoint: { ...POINT, kind: 'time', snapshot: null, snapshotArn: null } }),
    ).actions;
    expect(action).toMatchObject({
      call: 'rds:RestoreDBInstanceToPointInTime',
      parameters: { SourceDBInstanceIdentifier: 'orders', RestoreTime: POINT.at },
    });
  });

  it.each<[string, Partial<RestoreQuestion>, string]>([
    ['no manifest', { recoveryPoint: { ...POINT, manifest: null } }, 'cannot be proved'],
    [
      'no encryption',
      { situation: { instance: anInstance({}, { encrypted: false }), unfinishedSwap: null } },
      'is not encrypted',
    ],
    [
      'a managed password',
      { situation: { instance: anInstance({}, { managedSecretArn: 'arn:x' }), unfinishedSwap: null } },
      'no secret of its own',
    ],
    [
      'nobody to stop',
      { mode: 'swap', target: { ...question().target, consumers: [] } },
      'No service is declared',
    ],
    ['no original', { situation: { instance: null, unfinishedSwap: null } }, "has RDS's defaults"],
    [
      'another version',
      {
        recoveryPoint: { ...POINT, source: { ...POINT.source, engineVersion: '16.1' } },
        situation: {
          instance: anInstance({ parameterGroup: 'tuned' }, { engineVersion: '17.5' }),
          unfinishedSwap: null,
        },
      },
      'for PostgreSQL 17',
    ],
    [
      'a swap that stays unfinished',
      { situation: { instance: ORIGINAL, unfinishedSwap: SWAP } },
      'this run leaves it so',
    ],
  ])('warns of %s', (_, members, words) => {
    expect(decideRestore(question(members)).warnings.join(' ')).toContain(words);
  });

  it.each<[string, Partial<RestoreQuestion>, string]>([
    [
      'there is nothing to take the place of',
      { situation: { instance: null, unfinishedSwap: null } },
      'PreconditionFailed: There is no instance',
    ],
    [
      'RDS manages the password',
      { situation: { instance: anInstance({}, { managedSecretArn: 'arn:x' }), unfinishedSwap: null } },
      'Refused: RDS manages the password',
    ],
    [
      'another swap is half-way',
      { situation: { instance: ORIGINAL, unfinishedSwap: SWAP } },
      'Refused: The run earlier left a swap',
    ],
  ])('does not swap where %s', (_, members, words) => {
    const said = why({ ...members, mode: 'swap' });
    expect(said).toContain(words);
    expect(said).toContain('Nothing was changed.');
  });

  it('finishes what an earlier run began, under the names that it gave', () => {
    const decision = decideRestore(question(half));
    expect(decision).toMatchObject({
      restores: false,
      swaps: true,
      undoes: false,
      names: {
        original: { identifier: 'orders-before-aaaaaa', resourceId: 'db-1' },
        restored: { identifier: 'orders-restored-aaaaaa', resourceId: 'db-2' },
        aside: 'orders-before-aaaaaa',
      },
    });
    expect(decision.summary).toContain('the run earlier began');
    expect(decision.summary).toContain('the original (db-1) is called orders-before-aaaaaa');
    expect(decision.actions.map(({ call }) => call)).not.toContain('rds:RestoreDBInstanceFromDBSnapshot');
  });

  it('undoes it when asked to', () => {
    const decision = decideRestore(question({ ...half, unfinished: 'undo' }));
    expect(decision).toMatchObject({ restores: false, swaps: false, undoes: true });
    expect(decision.actions.map(({ id }) => id)).toEqual([
      'rename-restored-back',
      'rename-original-back',
      'start-api',
      'start-worker',
      'hand-over',
    ]);
  });

  it('finds the names of the run that began, wherever the two stand', () => {
    const restored = anInstance({}, { identifier: 'orders', resourceId: 'db-2' });
    const before = anInstance({}, { identifier: 'orders' });
    const names = (swap: typeof SWAP) =>
      decideRestore(question({ ...half, situation: { instance: null, unfinishedSwap: swap } })).names;
    const fresh = decideRestore(question({ runId: 'earlier' })).names;
    expect(names({ ...SWAP, restored }).restored.identifier).toBe(fresh.restored.identifier);
    expect(names({ ...SWAP, original: before }).aside).toBe(fresh.aside);
  });

  it('gives names that RDS takes, and that no two of a run share', () => {
    const identifier = fc
      .stringMatching(/^[a-zA-Z](-?[a-zA-Z0-9]){0,62}$/)
      .filter((name) => name.length <= 63);
    fc.assert(
      fc.property(identifier, fc.string({ minLength: 1 }), (instance, runId) => {
        const { names } = decideRestore(question({ runId, target: { ...question().target, instance } }));
        for (const name of [names.restored.identifier, names.aside]) {
          expect(name).toMatch(/^[a-z](-?[a-z0-9])*$/);
          expect(name.length).toBeLessThanOrEqual(63);
        }
        expect(names.restored.identifier).not.toBe(names.aside);
      }),
    );
  });
});

describe('a restore call', () => {
  const request = {
    deployment: 'nightshift',
    database: 'main',
    runId: 'run-1',
    purpose: 'restore' as const,
    identifier: 'orders-restored-1',
    original: ORIGINAL,
    recoveryPoint: POINT,
    drillInstanceClass: undefined,
    now: new Date('2026-11-21T03:00:00Z'),
  };
  it('tags what it makes with ours and as many of the original as there is room for, but not with what is of AWS', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`key-${index}`, 'x']));
    const tags = { 'aws:cloudformation:stack-name': 'x', [Tag.replacedBy]: 'old', 'AWS:x': 'y', ...many };
    const made = tagsFor({ ...request, original: { ...ORIGINAL, tags } });
    expect(made).toHaveLength(50);
    expect(made.slice(0, 6)).toEqual([
      { Key: OWNER_TAG, Value: 'nightshift' },
      { Key: Tag.database, Value: 'main' },
      { Key: Tag.run, Value: 'run-1' },
      { Key: Tag.purpose, Value: 'restore' },
      { Key: Tag.expiresAt, Value: '2026-11-22T03:00:00.000Z' },
      { Key: 'key-0', Value: 'x' },
    ]);
  });
  it('of a drill expires soon', () => {
    expect(tagsFor({ ...request, purpose: 'drill' })).toContainEqual({
      Key: Tag.expiresAt,
      Value: '2026-11-21T09:00:00.000Z',
    });
  });
  it('needs something to restore from', () => {
    expect(() => restoreCommand({ ...request, recoveryPoint: NONE })).toThrow('nothing to restore from');
    expect(restoreCommand({ ...request, original: null }).input).not.toHaveProperty('DBSubnetGroupName');
  });
  it('is tried again while the instance or the snapshot is busy, and is unknown otherwise', () => {
    const error = (name: string) => Object.assign(new Error('It is busy.'), { name });
    expect(restoreRefusal(error('InvalidDBInstanceStateFault'), 'x')?.name).toBe('Transient');
    expect(restoreRefusal(error('OptionGroupNotFoundFault'), 'x')?.name).toBe('PreconditionFailed');
    expect(restoreRefusal(error('TimeoutError'), 'x')).toBeUndefined();
  });
});

describe('what a restore takes', () => {
  const of = (minutes: number, members: object = {}) =>
    ({
      run: { runbook: 'restore-drill', startedAt: '2026-11-01T00:00:00Z' },
      acted: true,
      outcome: 'verified',
      closedAt: new Date(Date.UTC(2026, 10, 1, 0, minutes)).toISOString(),
      plan: { observed: { restores: true } },
      ...members,
    }) as never;
  it('is the median of those that nobody held up', () => {
    const runs = [
      of(10),
      of(30),
      of(20),
      of(500, { approval: {} }),
      of(1, { outcome: 'failed' }),
      of(2, { acted: false }),
    ];
    expect(medianOfRestores(runs)).toEqual({ seconds: 1200, runs: 3 });
  });
  it('is an estimate for the first', () => {
    expect(medianOfRestores([])).toEqual({ seconds: 1800, runs: 0 });
  });
  it('costs more the larger it is', () => {
    const cost = (instanceClass: string, multiAz = false) =>
      hourlyUsd({ instanceClass, multiAz, allocatedGigabytes: 20 });
    const classes = [
      'db.t4g.micro',
      'db.t4g.medium',
      'db.m7g.large',
      'db.r7g.large',
      'db.r7g.xlarge',
      'db.r7g.16xlarge',
    ];
    const costs = classes.map((name) => cost(name));
    expect(costs).toEqual(costs.toSorted((left, right) => left - right));
    expect(cost('db.t4g.micro', true)).toBe(2 * cost('db.t4g.micro'));
  });
});

describe('decideHandOver', () => {
  const names = {
    original: { identifier: 'orders', resourceId: 'db-1' },
    restored: { identifier: 'orders-restored-1', resourceId: null },
    aside: 'orders-before-1',
    declared: 'orders',
    run: 'run-1',
  };
  const listed = (identifier: string, resourceId: string, tags: Record<string, string>): ListedInstance => ({
    identifier,
    arn: `arn:${identifier}`,
    resourceId,
    status: 'available',
    becomes: null,
    endpoint: null,
    tags,
  });
  const ours = {
    [OWNER_TAG]: 'n',
    [Tag.run]: 'run-1',
    [Tag.purpose]: 'restore',
    [Tag.expiresAt]: 'soon',
    team: 'x',
  };
  const swap = { [Tag.swap]: 'run-1' };
  const retaggings = (instances: ListedInstance[], how: { swaps: boolean; undoes: boolean }) => {
    const decision = decideHandOver(instances, names, how);
    if (decision.handed === undefined) return decision.why;
    return decision.retaggings.map(({ instance, remove, add }) => [
      instance.resourceId,
      [...remove].sort(),
      add,
    ]);
  };
  it("takes every mark off a restored instance, and none that is the team's", () => {
    const beside = [listed('orders', 'db-1', {}), listed('orders-restored-1', 'db-2', ours)];
    expect(retaggings(beside, { swaps: false, undoes: false })).toEqual([
      ['db-2', [Tag.expiresAt, OWNER_TAG, Tag.purpose].sort(), {}],
    ]);
  });
  it('closes a swap on both, once', () => {
    const swapped = [listed('orders-before-1', 'db-1', swap), listed('orders', 'db-2', { ...ours, ...swap })];
    expect(retaggings(swapped, { swaps: true, undoes: false })).toEqual([
      ['db-1', [Tag.swap], { [Tag.replacedBy]: 'run-1' }],
      ['db-2', [Tag.expiresAt, OWNER_TAG, Tag.purpose, Tag.swap].sort(), {}],
    ]);
    const closed = [
      listed('orders-before-1', 'db-1', { [Tag.replacedBy]: 'run-1' }),
      listed('orders', 'db-2', { [Tag.run]: 'run-1', team: 'x' }),
    ];
    expect(retaggings(closed, { swaps: true, undoes: false })).toEqual([]);
  });
  it('leaves what an undone swap restored to the sweeper', () => {
    const undone = [
      listed('orders', 'db-1', swap),
      listed('orders-restored-1', 'db-2', { ...ours, ...swap }),
    ];
    expect(retaggings(undone, { swaps: false, undoes: true })).toEqual([
      ['db-1', [Tag.swap], {}],
      ['db-2', [Tag.swap], {}],
    ]);
  });
  it('hands nothing over that has not its name', () => {
    expect(retaggings([listed('orders', 'db-1', {})], { swaps: false, undoes: false })).toContain(
      'not there',
    );
    expect(
      retaggings([listed('orders', 'db-1', swap), listed('orders-restored-1', 'db-2', ours)], {
        swaps: true,
        undoes: false,
      }),
    ).toContain('should be called orders');
  });
});
