import { describe, expect, it } from 'vitest';
import {
  type DescribedSnapshot,
  judgeAwaitedSnapshot,
} from '../../../functions/rds/judge-awaited-snapshot.ts';

const SINCE = '2026-11-21T03:00:00.000Z';
const later = (minutes: number) => new Date(Date.parse(SINCE) + minutes * 60_000);
const awaited = { identifier: 'nightly', since: SINCE };
const nightly: DescribedSnapshot = {
  DBSnapshotIdentifier: 'nightly',
  DBSnapshotArn: 'arn:aws:rds:us-east-1:123456789012:snapshot:nightly',
  Status: 'available',
  PercentProgress: 100,
  SnapshotCreateTime: later(2),
};

describe('the wait for a snapshot', () => {
  it('ends with when its data were taken', () => {
    expect(judgeAwaitedSnapshot(awaited, nightly, later(5))).toEqual({
      state: 'done',
      output: {
        identifier: 'nightly',
        arn: nightly.DBSnapshotArn,
        takenAt: later(2).toISOString(),
        at: later(5).toISOString(),
      },
      summary: 'The snapshot nightly is available',
    });
  });

  it("tells the time of a copy's data, not of the copying", () => {
    const copy = { ...nightly, OriginalSnapshotCreateTime: later(-600) };
    expect(judgeAwaitedSnapshot(awaited, copy, later(5))).toMatchObject({
      output: { takenAt: later(-600).toISOString() },
    });
  });

  it.each([
    ['creating', 'waiting'],
    ['copying', 'waiting'],
    ['something-new', 'waiting'],
    ['available', 'done'],
    ['failed', 'failed'],
    ['deleting', 'failed'],
    ['incompatible-restore', 'failed'],
  ])('takes %s for %s', (Status, state) => {
    const verdict = judgeAwaitedSnapshot(awaited, { ...nightly, Status }, later(1));
    expect(verdict.state).toBe(state);
    if (verdict.state === 'failed') expect(verdict.cause).toContain(`The snapshot nightly is ${Status}`);
  });

  it('says how far it is', () => {
    const half = { ...nightly, Status: 'creating', PercentProgress: 50, SnapshotCreateTime: undefined };
    expect(judgeAwaitedSnapshot(awaited, half, later(1))).toEqual({
      state: 'waiting',
      seen: 'RDS says that it is creating, 50 % done',
    });
  });

  it('goes on for a quarter of an hour without one, and then fails', () => {
    expect(judgeAwaitedSnapshot(awaited, undefined, later(14.9)).state).toBe('waiting');
    expect(judgeAwaitedSnapshot(awaited, undefined, later(15))).toMatchObject({
      state: 'failed',
      error: 'VerificationFailed',
    });
  });
});
