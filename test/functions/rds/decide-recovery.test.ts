import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeclaredRelease, InspectedConsumer } from '../../../functions/ecs/recovery-state.ts';
import type { MigrationHead } from '../../../functions/postgres/migration-head.ts';
import { decideRecovery, type RecoveryQuestion } from '../../../functions/rds/decide-recovery.ts';
import type { Loss, RecoveryPoint } from '../../../functions/rds/state.ts';
import { RESTORE_DEFAULTS } from '../../../schemas/target.ts';
import { anInstance } from './an-instance.ts';

const OLD = '8ab2_created';
const NEW = 'c0de_split_names';
const COMMAND = { service: 'api', container: 'app', command: ['migrate-down'] };
const arn = (name: string) => `arn:aws:ecs:us-east-1:123456789012:task-definition/${name}`;
const stands = (...heads: string[]): MigrationHead => ({ known: true, heads });

const release = (name: string, members: Partial<DeclaredRelease> = {}): DeclaredRelease => ({
  taskDefinition: arn(name),
  supports: [OLD],
  reversible: [],
  containers: ['app'],
  unusable: null,
  ...members,
});
const BAD = release('api:3', { supports: [OLD, NEW] });
const REVERSIBLE = { ...BAD, reversible: [NEW] };
const consumer = (members: Partial<InspectedConsumer> = {}): InspectedConsumer => ({
  name: 'api',
  cluster: 'main',
  service: 'api-service',
  controller: 'ECS',
  running: BAD,
  lastGood: release('api:2'),
  basis: 'history',
  rejected: [],
  released: [],
  warnings: [],
  ...members,
});
const point: RecoveryPoint = {
  kind: 'snapshot',
  snapshot: 'nightshift-main-1',
  snapshotArn: 'arn:snapshot',
  at: '2026-11-21T02:00:00.000Z',
  manifest: 'manifests/main/nightshift-main-1.json',
  warnings: [],
};
const loss: Loss = {
  seconds: 600,
  tables: [{ table: 'public.items', rows: 3 }],
  returning: [],
  warnings: [],
};

interface Change extends Partial<Omit<RecoveryQuestion, 'target'>> {
  readonly restore?: Partial<RecoveryQuestion['target']['restore']>;
  readonly target?: Partial<RecoveryQuestion['target']>;
}
/** A release whose migration broke the service, with a snapshot of ten minutes ago. */
const question = ({ restore, target, ...change }: Change = {}): RecoveryQuestion => ({
  runId: 'run-1',
  target: {
    name: 'main',
    instance: 'Orders',
    consumers: ['api'],
    secretArn: 'arn:secret',
    ...target,
    restore: { ...RESTORE_DEFAULTS, ...restore },
  },
  situation: { instance: anInstance(), unfinishedSwap: null },
  recoveryPoint: point,
  recoveryHead: stands(OLD),
  loss,
  consumers: [consumer()],
  head: stands(NEW),
  overridden: false,
  expected: { seconds: 900, runs: 2 },
  ...change,
});
const decide = (change?: Change) => decideRecovery(question(change));
const refusal = (change: Change): Error => {
  try {
    decide(change);
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was not refused.');
};

describe('which remedy', () => {
  it('takes the migration back where the release that runs declares that this loses nothing', () => {
    const decision = decide({
      consumers: [consumer({ running: REVERSIBLE })],
      restore: { migrateDown: COMMAND },
    });
    expect(decision).toMatchObject({
      remedy: 'migrate-down',
      migrateDown: { cluster: 'main', ecsService: 'api-service', taskDefinition: arn('api:3'), ...COMMAND },
      revisions: { api: arn('api:2') },
      expectedHeads: { among: [OLD] },
    });
    expect(decision.actions.map(({ id }) => id)).toEqual([
      'stop-api',
      'end-sessions',
      'migrate-down',
      'start-api',
    ]);
    expect(decision.summary).toContain('No rows are lost');
  });

  it('restores where it does not, into the place of the original, with the services stopped first', () => {
    const decision = decide({ restore: { migrateDown: COMMAND } });
    expect(decision).toMatchObject({
      remedy: 'restore',
      migrateDown: null,
      revisions: { api: arn('api:2') },
      expectedHeads: [OLD],
      names: { original: { identifier: 'orders' } },
    });
    const ids = decision.actions.map(({ id }) => id);
    expect(ids.slice(0, 3)).toEqual(['stop-api', 'end-sessions', 'restore-instance']);
    expect(ids.slice(-4)).toEqual(['rename-original', 'rename-restored', 'start-api', 'hand-over']);
    expect(decision.actions.find(({ id }) => id === 'start-api')).toMatchObject({
      title: expect.stringContaining('api:2'),
      parameters: { taskDefinition: arn('api:2') },
    });
    expect(decision.summary).toContain(`does not declare that ${NEW} can be taken back without losing data`);
  });

  it('finds the release among those that ECS has gone back from', () => {
    const back = consumer({ running: release('api:2'), released: [release('api:4'), REVERSIBLE] });
    const decision = decide({ consumers: [back], restore: { migrateDown: COMMAND } });
    expect(decision).toMatchObject({
      remedy: 'migrate-down',
      migrateDown: { taskDefinition: arn('api:3') },
      // What runs already is not given anew.
      revisions: {},
    });
    expect(decision.warnings.join(' ')).toContain('api:3 does not run any more');
  });

  it('expects only migrations on which all services run', () => {
    const worker = consumer({
      name: 'worker',
      running: release('worker:1', { supports: [OLD, NEW, 'older'] }),
      lastGood: release('worker:1', { supports: [OLD, NEW, 'older'] }),
    });
    const api = consumer({
      running: REVERSIBLE,
      lastGood: release('api:2', { supports: ['older', 'oldest'] }),
    });
    expect(decide({ consumers: [worker, api], restore: { migrateDown: COMMAND } })).toMatchObject({
      remedy: 'migrate-down',
      expectedHeads: { among: ['older'] },
      revisions: { api: arn('api:2') },
    });
  });

  it('restores after a migration that was left half-way, whatever is declared', () => {
    const half = { consumers: [consumer({ running: REVERSIBLE })], restore: { migrateDown: COMMAND } };
    expect(decide({ ...half, head: { known: true, heads: [OLD], unfinished: 1 } }).remedy).toBe('restore');
    expect(decide({ ...half, head: stands(OLD), overridden: true }).remedy).toBe('restore');
  });

  it('restores with a warning where it is not known where the database stands', () => {
    const decision = decide({ head: { known: false, why: 'it does not answer' } });
    expect(decision.remedy).toBe('restore');
    expect(decision.warnings.join(' ')).toContain('could not be read (it does not answer)');
  });

  it('restores from an old snapshot that loses no row', () => {
    const old = { ...loss, seconds: 90_000 };
    expect(decide({ loss: { ...old, tables: [] } }).remedy).toBe('restore');
    expect(refusal({ loss: old }).message).toContain('would lose the last 25 hours (3 rows were counted)');
    // Not all of them could be counted.
    expect(refusal({ loss: { ...old, tables: [], warnings: ['doubtful'] } }).name).toBe('Refused');
    expect(refusal({ loss: { ...old, tables: null } }).message).toContain('could not be counted');
  });
});

describe('what is refused', () => {
  it.each<[string, Change, string, string]>([
    ['a schema that is not wrong', { head: stands(OLD) }, 'PreconditionFailed', 'Start roll-back-service'],
    [
      'a swap that is half-way',
      {
        situation: {
          instance: anInstance(),
          unfinishedSwap: {
            run: 'run-0',
            original: anInstance({}, { identifier: 'orders-before-1' }),
            restored: anInstance(),
          },
        },
      },
      'Refused',
      'Start restore-database with "unfinished"',
    ],
    ['no consumers', { consumers: [] }, 'PreconditionFailed', 'No service is declared as a consumer of main'],
    [
      'a consumer without a good release',
      {
        consumers: [consumer({ lastGood: null, rejected: [{ taskDefinition: arn('api:2'), why: 'gone' }] })],
      },
      'PreconditionFailed',
      'api has no release to go back to (api:2: gone)',
    ],
    [
      'a good release that declares nothing',
      { consumers: [consumer({ lastGood: release('api:2', { supports: null }) })] },
      'PreconditionFailed',
      'nightshift:supported-migrations',
    ],
    [
      'a consumer that another controller deploys',
      { consumers: [consumer({ controller: 'CODE_DEPLOY' })] },
      'PreconditionFailed',
      'is deployed by CODE_DEPLOY',
    ],
    [
      'a snapshot of the new schema',
      { recoveryHead: stands(NEW) },
      'Refused',
      'nightshift-main-1 stands at c0de_split_names, on which api:2 of api cannot run',
    ],
    [
      'a snapshot without a manifest',
      { recoveryPoint: { ...point, manifest: null } },
      'Refused',
      'has no manifest',
    ],
    [
      'no snapshot at all',
      { recoveryPoint: { ...point, kind: 'none', warnings: ['There is nothing to restore main from.'] } },
      'Refused',
      'There is nothing to restore main from',
    ],
    ['a snapshot of no migration', { recoveryHead: stands() }, 'Refused', 'stands at no migration'],
    [
      'a swap that RDS would not survive',
      { situation: { instance: anInstance({}, { managedSecretArn: 'arn:managed' }), unfinishedSwap: null } },
      'Refused',
      'RDS manages the password',
    ],
    [
      'a command without its container',
      {
        consumers: [consumer({ running: { ...REVERSIBLE, containers: ['other'] } })],
        restore: { migrateDown: COMMAND, acceptableLossSeconds: 60 },
      },
      'Refused',
      'api:3 has no container app',
    ],
    [
      'a release whose image is gone',
      {
        consumers: [consumer({ running: { ...REVERSIBLE, unusable: 'the image is gone' } })],
        restore: { migrateDown: COMMAND, acceptableLossSeconds: 60 },
      },
      'Refused',
      'api:3 cannot be started: the image is gone',
    ],
  ])('%s', (_, change, name, text) => {
    const error = refusal(change);
    expect(error.name).toBe(name);
    expect(error.message).toContain(text);
    expect(error.message.match(/Nothing was changed\./g)).toHaveLength(1);
  });
});

it('never does what was not declared', () => {
  const migrations = fc.subarray(['a', 'b', 'c']);
  const anyRelease = (name: string) =>
    fc.record({
      taskDefinition: fc.constant(arn(name)),
      supports: fc.option(migrations),
      reversible: migrations,
      containers: fc.constant<string[]>(['app']),
      unusable: fc.option(fc.constant('gone'), { freq: 9 }),
    });
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          running: fc.option(anyRelease('new')),
          lastGood: fc.option(anyRelease('good'), { freq: 9 }),
          released: fc.array(anyRelease('other'), { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
      migrations,
      migrations,
      fc.nat(7200),
      fc.boolean(),
      (services, heads, recoveryHeads, seconds, overridden) => {
        const consumers = services.map((one, index) =>
          consumer({ ...one, name: index === 0 ? 'api' : 'worker' }),
        );
        const asked = question({
          consumers,
          head: stands(...heads),
          recoveryHead: stands(...recoveryHeads),
          loss: { ...loss, seconds },
          overridden,
          restore: { migrateDown: COMMAND },
        });
        let decision: ReturnType<typeof decideRecovery>;
        try {
          decision = decideRecovery(asked);
        } catch (error) {
          expect(['Refused', 'PreconditionFailed']).toContain((error as Error).name);
          return;
        }
        const goods = consumers.map(({ lastGood }) => lastGood?.supports ?? []);
        const { remedy, expectedHeads, migrateDown } = decision;
        const allowed = 'among' in expectedHeads ? expectedHeads.among : expectedHeads;
        expect(allowed.length).toBeGreaterThan(0);
        for (const head of allowed) for (const supports of goods) expect(supports).toContain(head);
        if (remedy === 'restore') {
          expect(expectedHeads).toEqual(recoveryHeads);
          expect(seconds).toBeLessThanOrEqual(RESTORE_DEFAULTS.acceptableLossSeconds);
          return;
        }
        const [api] = consumers;
        const by = [api?.running, ...(api?.released ?? [])].filter(
          (one) => one?.taskDefinition === migrateDown?.taskDefinition,
        );
        expect(
          by.some(
            (one) =>
              one?.unusable === null &&
              heads.every((head) => one.supports?.includes(head)) &&
              heads.filter((head) => !allowed.includes(head)).every((head) => one.reversible.includes(head)),
          ),
        ).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
});
