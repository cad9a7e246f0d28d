import { describe, expect, it } from 'vitest';
import type { Drill } from '../../../functions/rds/drill-record.ts';
import { judgeDrill } from '../../../functions/rds/judge-drill.ts';

const drill = (recoverySeconds: number, recoveryPointSeconds: number): Drill => ({
  at: '2026-11-21T02:00:00.000Z',
  run: 'run',
  passed: true,
  recoverySeconds,
  recoveryPointSeconds,
});

describe('the figures of a drill', () => {
  it('are measured where no objective is declared', () => {
    const checks = judgeDrill(drill(700, 7200), [], {});
    expect(checks).toEqual([
      {
        name: 'recovery time',
        passed: true,
        measured: '11 min 40 s; the first drill',
        at: '2026-11-21T02:00:00.000Z',
      },
      {
        name: 'recovery point',
        passed: true,
        measured: '2 h; the first drill',
        at: '2026-11-21T02:00:00.000Z',
      },
    ]);
  });

  it.each([
    [600, 600, true],
    [601, 600, false],
  ])('a recovery in %i s with an objective of %i s: passed is %s', (seconds, objective, passed) => {
    const checks = judgeDrill(drill(seconds, 0), [], {
      recoveryTimeObjectiveSeconds: objective,
      recoveryPointObjectiveSeconds: 1,
    });
    expect(checks.map((check) => check.passed)).toEqual([passed, true]);
    expect(checks[0]?.measured).toContain('objective 10 min');
  });

  it('a recovery point that is too old fails', () => {
    const checks = judgeDrill(drill(1, 86_401), [], { recoveryPointObjectiveSeconds: 86_400 });
    expect(checks.map((check) => check.passed)).toEqual([true, false]);
  });

  it('are shown with the trend, of which four are enough', () => {
    const earlier = [drill(60, 1), drill(120, 2), drill(180, 3), drill(240, 4), drill(300, 5)];
    expect(judgeDrill(drill(30, 0), earlier, {})[0]?.measured).toBe(
      '30 s; drills before, newest first: 60 s, 2 min, 3 min, 4 min',
    );
  });
});
