import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeHeartbeat, longestSilence } from '../../../../functions/health/service/judge-heartbeat.ts';

const FROM = new Date('2025-03-03T07:00:00Z');
const at = (seconds: number) => new Date(FROM.getTime() + seconds * 1000);
const WINDOW = { from: FROM, to: at(3600), intervalSeconds: 60 };
const every = (seconds: number, from = 0, to = 3600) =>
  Array.from({ length: Math.floor((to - from) / seconds) + 1 }, (_, index) => at(from + index * seconds));
const judge = (times: readonly Date[], complete = true) => judgeHeartbeat(times, WINDOW, complete);

describe('a heartbeat', () => {
  it.each([
    ['comes in time', every(60, 17), 'pass'],
    ['drifts a little', every(63), 'pass'],
    ['is a little slower', every(70), 'fail'],
    ['missed once', [...every(60, 0, 1200), ...every(60, 1320)], 'fail'],
    ['stopped', every(60, 0, 3000), 'fail'],
    ['began late', every(60, 600), 'fail'],
    ['is told out of order', every(60).toReversed(), 'pass'],
    ['is not there', [], 'fail'],
    ['lies all in the future of a clock that is ahead', every(60, 3700, 7200), 'fail'],
  ])('that %s', (_, times, verdict) => {
    expect(judge(times).verdict).toBe(verdict);
  });

  it('says since when it is silent', () => {
    expect(judge(every(60, 0, 3000)).observed).toBe('no line since 07:50:00 (600 s), 51 before');
    expect(judge([...every(60, 0, 600), ...every(60, 1200)]).observed).toBe(
      'no line from 07:10:00 to 07:20:00 (600 s), 52 in all',
    );
    expect(judge(every(60)).observed).toBe('61 lines, longest silence 60 s');
  });

  it('says of which day it is, where that is another', () => {
    const window = { from: new Date('2025-03-02T20:00:00Z'), to: FROM, intervalSeconds: 60 };
    const times = [new Date('2025-03-02T20:00:00Z'), new Date('2025-03-02T20:01:00Z')];
    expect(judgeHeartbeat(times, window, true).observed).toBe(
      'no line since 2025-03-02 20:01:00 (39540 s), 2 before',
    );
  });

  it('is not known where not all lines were read', () => {
    expect(judge(every(60), false)).toMatchObject({
      verdict: 'unknown',
      observed: expect.stringContaining('only the first 61 lines were read'),
    });
  });

  it('is in time exactly where no interval of the window is without a line', () => {
    const seconds = fc.array(fc.integer({ min: -100, max: 3700 }), { maxLength: 60 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 1, max: 3600 }), (offsets, interval) => {
        const silent = longestSilence(offsets.map(at), WINDOW).seconds;
        const inside = new Set(offsets.filter((offset) => offset >= 0 && offset <= 3600));
        const isFree = (start: number) => {
          for (const offset of inside) if (offset > start && offset < start + interval) return false;
          return true;
        };
        const starts = [0, ...inside].filter((start) => start + interval <= 3600);
        expect(silent >= interval).toBe(starts.some(isFree));
      }),
      { numRuns: 100 },
    );
  });
});
