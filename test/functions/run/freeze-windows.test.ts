import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeFreeze } from '../../../functions/run/freeze-windows.ts';

const once = { name: 'year end', from: '2026-12-24T00:00:00Z', to: '2027-01-02T00:00:00Z' };
const nightly = { name: 'weekend night', days: ['SAT' as const], startsAt: '22:00', durationMinutes: 240 };

describe('activeFreeze', () => {
  it.each([
    [[once], '2026-12-23T23:59:59Z', undefined],
    [[once], '2026-12-24T00:00:00Z', 'year end'],
    [[once], '2027-01-02T00:00:00Z', undefined],
    [[nightly], '2026-11-21T21:59:00Z', undefined],
    [[nightly], '2026-11-21T22:00:00Z', 'weekend night'],
    // Saturday's window reaches into Sunday.
    [[nightly], '2026-11-22T01:59:00Z', 'weekend night'],
    [[nightly], '2026-11-22T02:00:00Z', undefined],
    [[nightly], '2026-11-20T23:00:00Z', undefined],
    [[once, nightly], '2026-12-26T23:00:00Z', 'year end'],
    [[], '2026-12-26T23:00:00Z', undefined],
  ])('%j at %s → %s', (windows, at, expected) => {
    expect(activeFreeze(windows, new Date(at))?.name).toBe(expected);
  });

  it('holds for as long as a weekly window is, and no longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 1, max: 3 * 1440 }),
        fc.integer({ min: 0, max: 7 * 1440 - 1 }),
        (hour, durationMinutes, offset) => {
          const window = {
            name: 'w',
            days: ['WED' as const],
            startsAt: `${String(hour).padStart(2, '0')}:00`,
            durationMinutes,
          };
          // 2026-11-18 is a Wednesday.
          const start = Date.UTC(2026, 10, 18, hour);
          const at = new Date(start + offset * 60_000);
          expect(activeFreeze([window], at) !== undefined).toBe(offset < durationMinutes);
        },
      ),
    );
  });
});
