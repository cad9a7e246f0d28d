import { describe, expect, it } from 'vitest';
import { finishingRun, judgeUpkeep, type Kept } from '../../../functions/secrets/judge-upkeep.ts';
import type { RotationRecord } from '../../../functions/secrets/state.ts';
import { aSituation, NOW } from './a-situation.ts';

const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();
const record = (change: Partial<RotationRecord> = {}): RotationRecord => ({
  ...(aSituation().record as RotationRecord),
  rotatedAt: daysAgo(2),
  retireAt: daysAgo(1),
  retiredAt: undefined,
  ...change,
});
const judge = (change: Partial<Kept> = {}) =>
  judgeUpkeep(
    {
      current: 'version-2',
      previous: 'version-1',
      lastRotatedAt: daysAgo(2),
      record: record(),
      watchedSince: daysAgo(100),
      rotateEveryDays: 30,
      ...change,
    },
    NOW,
  );

describe('judgeUpkeep', () => {
  it.each<[string, Partial<Kept>, number, boolean]>([
    ['was rotated two days ago', {}, 2, false],
    [
      'was rotated 31 days ago',
      { lastRotatedAt: daysAgo(31), record: record({ rotatedAt: daysAgo(31) }) },
      31,
      true,
    ],
    [
      'was never rotated, since it is looked after',
      { lastRotatedAt: null, previous: null, record: null },
      100,
      true,
    ],
    [
      'is rotated by hand alone',
      { lastRotatedAt: daysAgo(400), record: null, rotateEveryDays: undefined },
      400,
      false,
    ],
    ['has a rotation that was taken back', { record: record({ undoneAt: daysAgo(1) }) }, 100, true],
  ])('counts the days of a secret that %s', (_, change, days, overdue) => {
    const upkeep = judge(change);
    expect(upkeep.days).toBeCloseTo(days, 5);
    expect(upkeep.overdue).toBe(overdue);
  });

  it.each<[string, Partial<Kept>, string | null]>([
    ['a value whose time is over', {}, 'retirement is due'],
    ['no value whose time is not over', { record: record({ retireAt: daysAgo(-1) }) }, null],
    ['no value that was retired', { record: record({ retiredAt: daysAgo(0.5) }) }, null],
    ['no rotation that was taken back', { record: record({ undoneAt: daysAgo(1) }) }, null],
    [
      'no rotation that a run could not prove: a person knows of it',
      { record: record({ retireAt: undefined }) },
      null,
    ],
    ['a rotation that nobody recorded', { record: null }, 'nobody has proved it'],
    ['a rotation after the one that was recorded', { current: 'version-3' }, 'nobody has proved it'],
    ['no rotation that goes on', { record: null, lastRotatedAt: daysAgo(0.01) }, null],
    ['no rotation of long ago', { record: null, lastRotatedAt: daysAgo(8) }, null],
    ['no secret that was never rotated', { record: null, previous: null, lastRotatedAt: null }, null],
  ])('finishes %s', (_, change, finish) => {
    expect(judge(change).finish).toBe(finish);
  });
});

describe('finishingRun', () => {
  it('names one run a day for one version of one secret', () => {
    const name = finishingRun('database', 'version-2', NOW);
    expect(name).toMatch(/^[\w-]{1,80}$/);
    expect(finishingRun('database', 'version-2', new Date(NOW.getTime() + 3_600_000))).toBe(name);
    expect(finishingRun('database', 'version-2', new Date(NOW.getTime() + 86_400_000))).not.toBe(name);
    expect(finishingRun('database', 'version-3', NOW)).not.toBe(name);
    expect(finishingRun('a'.repeat(80), 'version-2', NOW).length).toBeLessThanOrEqual(80);
  });
});
