import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Drill } from '../../../functions/rds/drill-record.ts';
import { judgeDrillAge, judgeSnapshotAge } from '../../../functions/readiness/judge-backups.ts';
import { aSnapshot, NOW, OWNERSHIP } from '../rds/a-snapshot.ts';

const DAY_SECONDS = 86_400;
const snapshots = (...some: Parameters<typeof judgeSnapshotAge>[0]) =>
  judgeSnapshotAge(some, OWNERSHIP, 26 * 3600, NOW);

describe('the newest proved snapshot', () => {
  it('is young enough up to the limit, whatever their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 5 }),
        (ages) => {
          const youngest = Math.min(...ages);
          fc.pre(Math.abs(youngest - 26 / 24) > 0.001);
          expect(snapshots(...ages.map((days) => aSnapshot(days))).verdict).toBe(
            youngest < 26 / 24 ? 'pass' : 'fail',
          );
        },
      ),
    );
  });

  it('is told with its age', () => {
    const one = aSnapshot(1);
    expect(snapshots(one)).toEqual({
      verdict: 'pass',
      observed: `${one.identifier} is 24 h old`,
      expected: 'a snapshot of main that was proved, at most 26 h old',
    });
  });

  it.each([
    ['there is none at all', [], 'there is none that was proved'],
    [
      'the younger one is of another database',
      [aSnapshot(0, { tags: { 'nightshift:database': 'other' } })],
      'there is none that was proved',
    ],
    [
      'none was proved',
      [aSnapshot(0.1, {}, { good: false })],
      /^there is none that was proved; .* was never proved good$/,
    ],
    [
      'it is being made',
      [aSnapshot(0.1, { status: 'creating' })],
      /^there is none that was proved; .* is creating$/,
    ],
    [
      'the young one was not proved',
      [aSnapshot(3), aSnapshot(0.1, {}, { good: false })],
      /is 72 h old; .* was never proved good$/,
    ],
  ])('is too old where %s', (_why, some, observed) => {
    expect(snapshots(...some)).toMatchObject({
      verdict: 'fail',
      observed: typeof observed === 'string' ? observed : expect.stringMatching(observed),
    });
  });

  it('is not known where its time cannot be', () => {
    expect(snapshots(aSnapshot(-1)).verdict).toBe('unknown');
    expect(snapshots(aSnapshot(-0.001)).verdict).toBe('pass');
  });
});

describe('the last drill', () => {
  const drill = (days: number, passed: boolean): Drill => ({
    at: new Date(NOW.getTime() - days * DAY_SECONDS * 1000).toISOString(),
    run: `run-${days}`,
    passed,
    recoverySeconds: 600,
    recoveryPointSeconds: 60,
  });
  it.each([
    ['passed lately', [drill(3, true)], 'pass', 'one passed on 2026-11-18, 3 days ago'],
    ['passed just lately enough', [drill(100, true)], 'pass', 'one passed on 2026-08-13, 100 days ago'],
    ['passed too long ago', [drill(101, true)], 'fail', 'one passed on 2026-08-12, 101 days ago'],
    [
      'failed, after one that passed',
      [drill(1, false), drill(30, true)],
      'warn',
      'one passed on 2026-10-22, 30 days ago; one failed since, on 2026-11-20',
    ],
    [
      'failed, and none ever passed',
      [drill(1, false)],
      'fail',
      'none has passed; the last one failed on 2026-11-20',
    ],
    ['never was', [], 'unknown', 'there was none: nobody knows whether it can be restored'],
    [
      'is yet to come',
      [drill(-1, true)],
      'unknown',
      'one is said to have passed in the future (2026-11-22T03:00:00.000Z)',
    ],
  ] as const)('%s', (_how, drills, verdict, observed) => {
    expect(judgeDrillAge('main', drills, 100, NOW)).toMatchObject({ verdict, observed });
  });
});
