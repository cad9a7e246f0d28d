import { describe, expect, it } from 'vitest';
import { decideRotation, type RotationQuestion } from '../../../functions/secrets/decide-rotation.ts';
import { rotationActions, rotationChanges } from '../../../functions/secrets/rotation-actions.ts';
import { rotationToken } from '../../../functions/secrets/rotation-state.ts';
import { rotationSummary, rotationWords } from '../../../functions/secrets/rotation-words.ts';
import type { SecretSituation } from '../../../functions/secrets/state.ts';
import { aConsumer, aSituation, KEEPER, NOW } from './a-situation.ts';

const decide = (secrets: SecretSituation[], change: Partial<RotationQuestion> = {}) =>
  decideRotation({
    run: 'run-1',
    secrets,
    unfinished: undefined,
    compromised: false,
    reason: undefined,
    keeperOf: () => KEEPER,
    now: NOW,
    ...change,
  });
const flags = ({ rotates, redeploys, retires, undoes }: ReturnType<typeof decide>) => ({
  rotates,
  redeploys,
  retires,
  undoes,
});
const record = (change: object) => ({
  ...(aSituation().record as NonNullable<SecretSituation['record']>),
  retiredAt: undefined,
  ...change,
});

describe('a rotation', () => {
  it('makes a version that follows from the run, deploys consumers anew, and keeps the old value for its overlap', () => {
    const decision = decide([aSituation()]);
    expect(flags(decision)).toEqual({ rotates: true, redeploys: true, retires: false, undoes: false });
    expect(decision.secrets).toEqual([
      expect.objectContaining({
        name: 'database',
        does: 'rotate',
        token: rotationToken('run-1', 'database'),
        current: 'version-2',
        retires: null,
        redeploys: true,
      }),
    ]);
    expect(decision.services).toEqual([{ name: 'api', cluster: 'main', service: 'api' }]);
    expect(decision.warnings).toEqual([]);
    expect(rotationActions(decision).map(({ call }) => call)).toEqual([
      'secretsmanager:RotateSecret',
      'ecs:UpdateService',
    ]);
    expect(rotationChanges(decision).map(({ what }) => what)).toEqual(['secret.database', 'service.api']);
    expect(rotationSummary(decision, [aSituation()], NOW)).toBe(
      'Rotates database (last rotated 10 days ago). Deploys anew: api.',
    );
    expect(rotationWords(decision)?.next).toBe(
      'Nothing tonight. The old value of database stays good for 24 hours, so that the rotation can still be taken back; then a run of its own retires it. database is due again in 30 days.',
    );
  });

  it('asks for the same version when the plan is made again, and for another one in another run', () => {
    const [first] = decide([aSituation()]).secrets;
    expect(decide([aSituation()]).secrets[0]?.token).toBe(first?.token);
    expect(decide([aSituation()], { run: 'run-2' }).secrets[0]?.token).not.toBe(first?.token);
    // What Secrets Manager takes as a token.
    expect(first?.token).toMatch(/^[\w-]{32,64}$/);
  });

  it('retires the old value itself where nothing overlaps', () => {
    const decision = decide([aSituation('database', { target: { overlapSeconds: 0 } })]);
    expect(decision.secrets[0]?.retires).toBe('version-2');
    expect(rotationActions(decision).at(-1)).toMatchObject({ id: 'retire-database', reversible: false });
  });

  it('leaves services that rest', () => {
    const resting = aSituation('database', { consumers: [aConsumer('api', { desired: 0 })] });
    const decision = decide([resting]);
    expect(decision.services).toEqual([]);
    expect(decision.warnings).toEqual(['database: api rests, and gets the value when it is started.']);
  });

  it.each<[string, Partial<SecretSituation>, RegExp]>([
    [
      'that was never rotated',
      { lastRotatedAt: null, previous: null, record: null, retirement: 'none' },
      /was never rotated/,
    ],
    [
      'whose earlier rotation left a version behind',
      { unfinished: { version: 'version-3', state: 'left-behind', why: 'setSecret failed' } },
      /pending version version- that an earlier rotation left behind \(setSecret failed\); it is given up/,
    ],
    ['without consumers', { consumers: [] }, /has no declared consumer/],
    [
      'that a consumer does not mention',
      { consumers: [aConsumer('api', { refers: false, injected: false })] },
      /not mentioned in the task definition of api/,
    ],
    ['whose consumer is being deployed', { consumers: [aConsumer('api', { rollingOut: true })] }, /going on/],
    [
      'whose value before is not retired though its time is over',
      { record: record({}), retirement: 'none' },
      /was not retired yet/,
    ],
  ])('warns of a secret %s', (_, change, warning) => {
    expect(decide([aSituation('database', change)]).warnings.join()).toMatch(warning);
  });

  it('gives a version that was left behind to the step that begins', () => {
    const left = aSituation('database', {
      pending: 'version-3',
      unfinished: { version: 'version-3', state: 'left-behind', why: null },
    });
    expect(decide([left]).secrets[0]?.leftBehind).toBe('version-3');
  });

  it.each<[string, Parameters<typeof aSituation>[1], RegExp]>([
    ['has no current version', { current: null, record: null }, /no version of it is current/],
    [
      'is being rotated',
      { unfinished: { version: 'version-3', state: 'under-way', why: null } },
      /a rotation of it is under way \(version version-\): wait/,
    ],
    ['has no rotation', { target: { rotation: undefined } }, /no "rotation" in the configuration/],
    ['is not rotated by Secrets Manager', { rotationEnabled: false }, /rotation is not turned on/],
    ['is rotated by something else', { rotationFunction: 'arn:other' }, /another function .*arn:other/],
    [
      'takes a value that nobody has staged',
      { target: { rotation: { kind: 'policy-value', schema: {} } } },
      /no value is staged .*nightshift secret stage database/,
    ],
    [
      'has a consumer that is pinned to a version',
      { consumers: [aConsumer('api', { pinned: ['DATABASE_PASSWORD'] })] },
      /api would never see a new value: DATABASE_PASSWORD/,
    ],
    [
      'has a consumer that is gone',
      { consumers: [aConsumer('api', { controller: 'none', desired: 0 })] },
      /no active service "api"/,
    ],
    [
      'has a consumer that something else deploys',
      { consumers: [aConsumer('api', { controller: 'CODE_DEPLOY' })] },
      /deployed by CODE_DEPLOY, which alone/,
    ],
    [
      'its keeper does not rotate',
      { inspection: { facts: {}, obstacles: ['the user is a superuser'], warnings: [] } },
      /database: the user is a superuser\./,
    ],
    [
      'was rotated a moment ago, and the value before is still good',
      { record: record({ retireAt: '2026-11-21T10:00:00.000Z' }), retirement: 'none' },
      /good until 2026-11-21T10:00:00.000Z, and another rotation would cut that short.*"reason"/,
    ],
    [
      'was rotated by something else, and its consumers were not deployed since',
      {
        record: null,
        retirement: 'none',
        consumers: [aConsumer('api', { deployedAt: '2026-11-10T00:00:00Z' })],
      },
      /api still runs tasks that began before its last rotation/,
    ],
  ])('is refused of a secret that %s', (_, change, why) => {
    const attempt = () => decide([aSituation('database', change)]);
    expect(attempt).toThrow(why);
    expect(attempt).toThrow('Nothing was changed.');
    expect(attempt).toThrow(expect.objectContaining({ name: 'PreconditionFailed' }));
  });

  it('names everything that stands in the way at once', () => {
    const one = aSituation('database', {
      rotationEnabled: false,
      consumers: [
        aConsumer('api', { pinned: ['PASSWORD'] }),
        aConsumer('worker', { controller: 'EXTERNAL' }),
      ],
    });
    expect(() => decide([one])).toThrow(/PASSWORD.*EXTERNAL.*not turned on/);
  });

  it('is made all the same where a reason outweighs the time', () => {
    const early = aSituation('database', {
      record: record({ retireAt: '2026-11-21T10:00:00.000Z' }),
      retirement: 'none',
    });
    expect(decide([early], { reason: 'the intern has it' }).rotates).toBe(true);
    const stale = aSituation('database', {
      record: null,
      consumers: [aConsumer('api', { deployedAt: '2026-11-10T00:00:00Z' })],
    });
    expect(decide([stale], { reason: 'the intern has it' }).warnings.join()).toMatch(/api may still use/);
  });

  it('is made where the one before was taken back', () => {
    const undone = aSituation('database', {
      current: 'version-1',
      previous: 'version-2',
      record: record({ undoneAt: '2026-11-11T03:30:00.000Z', retireAt: '2026-11-22T03:05:00.000Z' }),
      consumers: [aConsumer('api', { deployedAt: '2026-11-10T00:00:00Z' })],
    });
    expect(decide([undone]).rotates).toBe(true);
  });
});

describe('the end of a rotation that somebody else began', () => {
  const finish = (change: Parameters<typeof aSituation>[1]) =>
    decide([aSituation('database', change)], { unfinished: 'finish' });

  it('deploys consumers anew and proves, where nobody has recorded it', () => {
    const decision = finish({ record: null, retirement: 'none' });
    expect(flags(decision)).toEqual({ rotates: false, redeploys: true, retires: false, undoes: false });
    expect(decision.proves).toBe(true);
  });

  it('retires a value whose time is over, and deploys nobody for that', () => {
    const decision = finish({ record: record({}), retirement: 'none' });
    expect(flags(decision)).toEqual({ rotates: false, redeploys: false, retires: true, undoes: false });
    expect(decision.secrets[0]?.retires).toBe('version-1');
    expect(rotationWords(decision)?.verified).toBe('database: the value before was retired');
  });

  it('ends a retirement that was begun, though its time is not over', () => {
    const decision = finish({
      record: record({ retireAt: '2026-11-22T03:05:00.000Z' }),
      retirement: 'begun',
    });
    expect(decision.secrets[0]?.retires).toBe('version-1');
  });

  it('has nothing to do where all is done, and only looks', () => {
    const decision = finish({});
    expect(flags(decision)).toEqual({ rotates: false, redeploys: false, retires: false, undoes: false });
    expect(rotationActions(decision)).toEqual([]);
    expect(rotationWords(decision)).toBeUndefined();
  });

  it('does not retire before its time, nor what was never recorded as adopted', () => {
    expect(
      finish({ record: record({ retireAt: '2026-11-22T03:05:00.000Z' }), retirement: 'none' }).retires,
    ).toBe(false);
    expect(
      finish({ record: record({ adoptedAt: undefined, retireAt: undefined }), retirement: 'none' }).retires,
    ).toBe(false);
  });
});

describe('taking a rotation back', () => {
  const undo = (change: Parameters<typeof aSituation>[1]) =>
    decide([aSituation('database', change)], { unfinished: 'undo' });

  it('makes the previous version current again, and deploys consumers anew', () => {
    const decision = undo({ record: record({}), retirement: 'none' });
    expect(flags(decision)).toEqual({ rotates: false, redeploys: true, retires: false, undoes: true });
    expect(rotationActions(decision)[0]).toMatchObject({
      parameters: { operation: 'put-back', good: 'version-1', bad: 'version-2' },
    });
  });

  it.each<[string, Parameters<typeof aSituation>[1], RegExp]>([
    ['there is no previous version', { previous: null, retirement: 'none' }, /no previous version/],
    ['the value before was retired', {}, /was retired: it opens nothing any more/],
    ['its retirement has begun', { retirement: 'begun' }, /was about to be retired/],
    [
      'it was taken back already',
      {
        retirement: 'none',
        current: 'version-1',
        previous: 'version-2',
        record: record({ undoneAt: '2026-11-11T03:30:00.000Z' }),
      },
      /taken back already/,
    ],
  ])('is refused where %s', (_, change, why) => {
    expect(() => undo(change)).toThrow(why);
  });
});

describe('values that are known to others', () => {
  const compromised = (...secrets: SecretSituation[]) =>
    decide(secrets, { compromised: true, reason: 'a leak' });

  it('are all replaced in order, retired in the same run, and never put back', () => {
    const decision = compromised(
      aSituation('app', { target: { after: ['admin'], consumers: ['api'] } }),
      aSituation('admin', { target: { consumers: [] }, consumers: [] }),
      aSituation('jwt', { consumers: [aConsumer('api'), aConsumer('worker')] }),
    );
    expect(decision.secrets.map(({ name, wave }) => [name, wave])).toEqual([
      ['admin', 0],
      ['jwt', 0],
      ['app', 1],
    ]);
    expect(decision.secrets.every(({ retires }) => retires === 'version-2')).toBe(true);
    expect(decision.services.map(({ name }) => name)).toEqual(['api', 'worker']);
    expect(
      rotationActions(decision)
        .filter(({ reversible }) => reversible)
        .map(({ id }) => id),
    ).toEqual(['redeploy-api', 'redeploy-worker']);
    expect(rotationSummary(decision, [], NOW)).toMatch(/sessions that were opened with them are ended/);
  });

  it('do not wait for one that cannot be rotated', () => {
    const decision = compromised(
      aSituation('database'),
      aSituation('sentry', { target: { rotation: { kind: 'policy-value', schema: {} } } }),
    );
    expect(decision.secrets).toEqual([
      expect.objectContaining({ name: 'database', does: 'rotate' }),
      expect.objectContaining({ name: 'sentry', does: 'leave', why: expect.stringContaining('staged') }),
    ]);
    expect(decision.warnings[0]).toMatch(/^sentry is LEFT AS IT IS/);
  });

  it('are refused where none of them can be rotated', () => {
    expect(() => compromised(aSituation('database', { rotationEnabled: false }))).toThrow(/not turned on/);
  });

  it('are refused where they wait for each other', () => {
    expect(() =>
      compromised(
        aSituation('a', { target: { after: ['b'] } }),
        aSituation('b', { target: { after: ['a'] } }),
      ),
    ).toThrow(/a after b after a/);
  });

  it('are rotated in spite of an overlap', () => {
    expect(
      compromised(
        aSituation('database', {
          record: record({ retireAt: '2026-11-21T10:00:00.000Z' }),
          retirement: 'none',
        }),
      ).rotates,
    ).toBe(true);
  });
});
