import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshWindow, judgeErrorRatio } from '../../../functions/cloudwatch/error-ratio.ts';

const limits = { errorRatioLimitPercent: 1, minimumRequests: 20 };
const now = new Date('2026-11-21T03:10:30Z');

describe('judgeErrorRatio', () => {
  it.each([
    [{ requests: 200, errors: 0 }, true],
    [{ requests: 200, errors: 2 }, true],
    [{ requests: 200, errors: 3 }, false],
    [{ requests: 19, errors: 0 }, false],
    [{ requests: 0, errors: 0 }, false],
  ])('%j → %s', (counts, passed) => {
    expect(judgeErrorRatio(counts, limits, now).passed).toBe(passed);
  });

  it('says that few requests prove nothing', () => {
    expect(judgeErrorRatio({ requests: 3, errors: 0 }, limits, now).measured).toBe(
      '3 requests since the change prove nothing, 20 are needed',
    );
  });
});

describe('freshWindow', () => {
  it('takes no minute that began before the change', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (steady, later) => {
          const { start, end } = freshWindow(new Date(steady), new Date(steady + later));
          expect(start.getTime()).toBeGreaterThanOrEqual(steady);
          expect(end.getTime()).toBeLessThanOrEqual(steady + later);
          expect(start.getTime() % 60_000).toBe(0);
        },
      ),
    );
  });
});
