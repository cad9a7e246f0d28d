import { describe, expect, it } from 'vitest';
import { judgePending } from '../../../functions/secrets/judge-pending.ts';
import { judgeRotations, type SeenRotation } from '../../../functions/secrets/judge-rotations.ts';
import { judgeStart } from '../../../functions/secrets/judge-start.ts';
import { NOW } from './a-situation.ts';

const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();
const failure = (errorName: string) => ({
  step: 'setSecret' as const,
  state: 'failed' as const,
  errorName,
  error: 'The database says no.',
});

describe('judgeStart', () => {
  const planned = { name: 'database', token: 'new', current: 'old', leftBehind: 'left' };
  it.each([
    ['begins where nothing is pending', { current: 'old', pending: null }, { do: 'rotate', abandons: null }],
    [
      'begins where the label stayed on the current version',
      { current: 'old', pending: 'old' },
      { do: 'rotate', abandons: null },
    ],
    [
      'gives up what was left behind as planned',
      { current: 'old', pending: 'left' },
      { do: 'rotate', abandons: 'left' },
    ],
    ['does nothing twice', { current: 'old', pending: 'new' }, { do: 'nothing' }],
    ['does nothing where it is complete', { current: 'new', pending: null }, { do: 'nothing' }],
    [
      'does nothing where it is complete and the label stayed',
      { current: 'new', pending: 'new' },
      { do: 'nothing' },
    ],
    ['refuses beside another rotation', { current: 'old', pending: 'other' }, { do: 'refuse' }],
    ['refuses after another rotation', { current: 'other', pending: null }, { do: 'refuse' }],
  ])('%s', (_, now, verdict) => {
    expect(judgeStart(planned, now)).toMatchObject(verdict);
  });
});

describe('judgeRotations', () => {
  const seen = (change: Partial<SeenRotation> & { name?: string; since?: string } = {}): SeenRotation => ({
    wanted: {
      name: change.name ?? 'database',
      arn: 'arn',
      token: 'new',
      from: 'old',
      since: change.since ?? ago(10),
    },
    now: change.now ?? { current: 'old', pending: 'new' },
    progress: change.progress,
  });
  const judge = (all: SeenRotation[], tolerant = false) => judgeRotations(all, { tolerant }, NOW);
  const rotated = { now: { current: 'new', pending: null } };

  it('waits while Secrets Manager is at work, and says how far it is', () => {
    expect(judge([seen()])).toEqual({ state: 'waiting', seen: 'database: its rotation begins' });
    const set = seen({ progress: { step: 'setSecret', state: 'done' } });
    expect(judge([set])).toEqual({ state: 'waiting', seen: 'database: setSecret is done' });
  });

  it('is done when all versions are current', () => {
    expect(judge([seen(rotated)])).toMatchObject({
      state: 'done',
      output: { rotated: [{ name: 'database', version: 'new' }], failed: [] },
    });
    expect(judge([seen(rotated), seen({ name: 'jwt' })])).toMatchObject({ state: 'waiting' });
    expect(judge([])).toMatchObject({ state: 'done', output: { rotated: [], failed: [] } });
  });

  it('waits out what passes, for it is tried again', () => {
    expect(judge([seen({ progress: failure('Transient') })])).toMatchObject({
      state: 'waiting',
      seen: expect.stringContaining('The database says no'),
    });
  });

  it.each<[string, Partial<SeenRotation> & { since?: string }, RegExp]>([
    [
      'fails for good',
      { progress: failure('PreconditionFailed') },
      /setSecret failed: The database says no\./,
    ],
    ['has lost its label', { now: { current: 'old', pending: null }, since: ago(120) }, /pending no more/],
    ['was overtaken', { now: { current: 'other', pending: null } }, /version other became current meanwhile/],
  ])('fails when a rotation %s', (_, change, why) => {
    const verdict = judge([seen(change)]);
    expect(verdict).toMatchObject({ state: 'failed', error: 'VerificationFailed' });
    expect((verdict as { cause: string }).cause).toMatch(why);
  });

  it('gives labels time to be seen', () => {
    expect(judge([seen({ now: { current: 'old', pending: null } })])).toMatchObject({ state: 'waiting' });
  });

  it('goes on without those that fail where that was asked for, once the others have ended', () => {
    const bad = seen({ progress: failure('PreconditionFailed') });
    expect(judge([bad, seen({ name: 'jwt' })], true)).toMatchObject({ state: 'waiting' });
    expect(judge([bad, seen({ name: 'jwt', ...rotated })], true)).toMatchObject({
      state: 'done',
      output: { rotated: [{ name: 'jwt' }], failed: [{ name: 'database' }] },
      summary: expect.stringContaining('NOT rotated: database'),
    });
    expect(judge([bad], true)).toMatchObject({ state: 'done' });
  });
});

describe('judgePending', () => {
  const signs = {
    current: 'old',
    pending: 'new',
    progress: undefined,
    createdAt: ago(86_400),
    lastChangedAt: ago(86_400),
  };
  it.each([
    ['nothing, where nothing is pending', { pending: null }, undefined],
    ['nothing, where the label stayed on the current version', { pending: 'old' }, undefined],
    ['left behind after a day', {}, 'left-behind'],
    ['under way a minute after it began', { createdAt: ago(60) }, 'under-way'],
    ['under way while it has no value yet', { createdAt: '', lastChangedAt: ago(60) }, 'under-way'],
    ['under way while its steps go on', { progress: { state: 'done', at: ago(60) } }, 'under-way'],
    [
      'under way while it is tried again',
      { progress: { ...failure('Transient'), at: ago(60) } },
      'under-way',
    ],
    [
      'left behind once it failed for good',
      { progress: { ...failure('Refused'), at: ago(60) } },
      'left-behind',
    ],
  ])('is %s', (_, change, state) => {
    const found = judgePending({ ...signs, ...change } as Parameters<typeof judgePending>[0], NOW);
    expect(found?.state).toBe(state);
  });
});
