import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSchedule } from '../../../../sandbox/services/scheduler/schedule-expression.ts';

/** A Friday. */
const FRIDAY = Date.parse('2026-11-20T12:00:00Z');
const DAY_MILLISECONDS = 86_400_000;

/** The next times of an expression, as texts. */
function due(expression: string, options: { after?: string; zone?: string; count?: number } = {}): string[] {
  const { after = '2026-11-20T12:00:00Z', zone = 'UTC', count = 3 } = options;
  const times = readSchedule(expression, zone, Date.parse(after));
  const found: string[] = [];
  let last: number | undefined = Date.parse(after);
  while (found.length < count) {
    last = times.next(last);
    if (last === undefined) break;
    found.push(new Date(last).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('rate(…)', () => {
  test.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(12 hours)', 43_200_000],
    ['rate(1 day)', DAY_MILLISECONDS],
    ['rate(7 days)', 7 * DAY_MILLISECONDS],
  ])('%s is due every %d ms', (expression, period) => {
    const times = readSchedule(expression, 'UTC', FRIDAY);
    expect(times.next(FRIDAY - 1)).toBe(FRIDAY);
    expect(times.next(FRIDAY)).toBe(FRIDAY + period);
    expect(times.next(FRIDAY + period)).toBe(FRIDAY + 2 * period);
  });

  test('is due after any instant, within a period, on its own grid', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 10 ** 10 }),
        (minutes, later) => {
          const next = readSchedule(`rate(${minutes} minutes)`, 'UTC', FRIDAY).next(FRIDAY + later) as number;
          expect(next).toBeGreaterThan(FRIDAY + later);
          expect(next).toBeLessThanOrEqual(FRIDAY + later + minutes * 60_000);
          expect((next - FRIDAY) % (minutes * 60_000)).toBe(0);
        },
      ),
    );
  });

  test('counts 24 hours as a day, whatever the clocks do', () => {
    const options = { after: '2026-10-24T12:00:00Z', zone: 'Europe/Berlin', count: 2 };
    expect(due('rate(1 days)', options)).toEqual(['2026-10-25T12:00Z', '2026-10-26T12:00Z']);
  });

  test.each(['rate(0 minutes)', 'rate(5 seconds)', 'rate(5)', 'rate(-1 hours)', 'rate(1.5 hours)'])(
    '%s is refused',
    (expression) => {
      expect(() => readSchedule(expression, 'UTC', FRIDAY)).toThrow(RangeError);
    },
  );
});

describe('cron(…)', () => {
  test.each<[expression: string, times: string[]]>([
    ['cron(0 10 * * ? *)', ['2026-11-21T10:00Z', '2026-11-22T10:00Z', '2026-11-23T10:00Z']],
    ['cron(0/15 * * * ? *)', ['2026-11-20T12:15Z', '2026-11-20T12:30Z', '2026-11-20T12:45Z']],
    ['cron(5/30 8-9 * * ? *)', ['2026-11-21T08:05Z', '2026-11-21T08:35Z', '2026-11-21T09:05Z']],
    ['cron(0 8/6 * * ? *)', ['2026-11-20T14:00Z', '2026-11-20T20:00Z', '2026-11-21T08:00Z']],
    ['cron(0 0,12,18 * * ? *)', ['2026-11-20T18:00Z', '2026-11-21T00:00Z', '2026-11-21T12:00Z']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-11-20T18:00Z', '2026-11-23T18:00Z', '2026-11-24T18:00Z']],
    ['cron(0 18 ? * 2-6 *)', ['2026-11-20T18:00Z', '2026-11-23T18:00Z', '2026-11-24T18:00Z']],
    ['cron(0 18 ? * 2-6/2 *)', ['2026-11-20T18:00Z', '2026-11-23T18:00Z', '2026-11-25T18:00Z']],
    ['cron(0 18 ? * 1 *)', ['2026-11-22T18:00Z', '2026-11-29T18:00Z', '2026-12-06T18:00Z']],
    ['cron(0 18 ? * 1,7 *)', ['2026-11-21T18:00Z', '2026-11-22T18:00Z', '2026-11-28T18:00Z']],
    ['cron(0 18 ? * L *)', ['2026-11-21T18:00Z', '2026-11-28T18:00Z', '2026-12-05T18:00Z']],
    ['cron(15 10 ? * 6L *)', ['2026-11-27T10:15Z', '2026-12-25T10:15Z', '2027-01-29T10:15Z']],
    ['cron(0 0 ? * 3#2 *)', ['2026-12-08T00:00Z', '2027-01-12T00:00Z', '2027-02-09T00:00Z']],
    ['cron(0 0 1 * ? *)', ['2026-12-01T00:00Z', '2027-01-01T00:00Z', '2027-02-01T00:00Z']],
    ['cron(0 0 1/15 * ? *)', ['2026-12-01T00:00Z', '2026-12-16T00:00Z', '2026-12-31T00:00Z']],
    ['cron(0 0 L * ? *)', ['2026-11-30T00:00Z', '2026-12-31T00:00Z', '2027-01-31T00:00Z']],
    // 15 August 2027 is a Sunday: the nearest weekday is the Monday after.
    ['cron(0 0 15W 8,11 ? *)', ['2027-08-16T00:00Z', '2027-11-15T00:00Z', '2028-08-15T00:00Z']],
    ['cron(0 0 1 1/6 ? *)', ['2027-01-01T00:00Z', '2027-07-01T00:00Z', '2028-01-01T00:00Z']],
    ['cron(0 0 1 JAN/6 ? *)', ['2027-01-01T00:00Z', '2027-07-01T00:00Z', '2028-01-01T00:00Z']],
    ['cron(0 0 29 FEB ? *)', ['2028-02-29T00:00Z', '2032-02-29T00:00Z', '2036-02-29T00:00Z']],
    ['cron(0 0 1 1 ? 2028-2029)', ['2028-01-01T00:00Z', '2029-01-01T00:00Z']],
    ['cron(0 0 1 1 ? 2025)', []],
    ['cron(0 10 * * ?)', ['2026-11-21T10:00Z', '2026-11-22T10:00Z', '2026-11-23T10:00Z']],
  ])('%s', (expression, times) => {
    expect(due(expression)).toEqual(times);
  });

  test('is not due again at the very instant at which it was', () => {
    const times = readSchedule('cron(0 12 * * ? *)', 'UTC', FRIDAY);
    expect(times.next(FRIDAY)).toBe(FRIDAY + DAY_MILLISECONDS);
    expect(times.next(FRIDAY - 1)).toBe(FRIDAY);
  });

  test('is due at its time of day, once a day', () => {
    const minute = fc.integer({ min: 0, max: 59 });
    const hour = fc.integer({ min: 0, max: 23 });
    fc.assert(
      fc.property(minute, hour, fc.integer({ min: 0, max: 10 ** 11 }), (atMinute, atHour, later) => {
        const after = FRIDAY + later;
        const times = readSchedule(`cron(${atMinute} ${atHour} * * ? *)`, 'UTC', after);
        const next = times.next(after) as number;
        expect(next).toBeGreaterThan(after);
        expect(next).toBeLessThanOrEqual(after + DAY_MILLISECONDS);
        expect(new Date(next).toISOString().slice(11, 16)).toBe(
          `${String(atHour).padStart(2, '0')}:${String(atMinute).padStart(2, '0')}`,
        );
      }),
    );
  });

  test.each([
    ['both kinds of day', 'cron(0 0 1 * MON *)'],
    ['a star for both kinds of day', 'cron(0 0 * * * *)'],
    ['no kind of day', 'cron(0 0 ? * ? *)'],
    ['too few fields', 'cron(0 0 ? *)'],
    ['too many fields', 'cron(0 0 0 * * ? *)'],
    ['a minute that no hour has', 'cron(60 0 * * ? *)'],
    ['a word', 'cron(noon 0 * * ? *)'],
    ['a weekday that no week has', 'cron(0 0 ? * 9 *)'],
  ])('with %s is refused by its name', (_what, expression) => {
    expect(() => readSchedule(expression, 'UTC', FRIDAY)).toThrow(RangeError);
    expect(() => readSchedule(expression, 'UTC', FRIDAY)).toThrow(expression);
  });
});

describe('a time zone', () => {
  test.each([
    ['UTC', '2026-11-21T08:30Z'],
    ['Europe/Berlin', '2026-11-21T07:30Z'],
    ['America/New_York', '2026-11-20T13:30Z'],
    ['Asia/Kolkata', '2026-11-21T03:00Z'],
    ['Pacific/Auckland', '2026-11-20T19:30Z'],
  ])('of %s decides when it is half past eight', (zone, time) => {
    expect(due('cron(30 8 * * ? *)', { zone, count: 1 })).toEqual([time]);
  });

  test('keeps the time of day when the clocks change', () => {
    expect(due('cron(0 8 * * ? *)', { zone: 'Europe/Berlin', after: '2026-10-24T00:00:00Z' })).toEqual([
      '2026-10-24T06:00Z',
      '2026-10-25T07:00Z',
      '2026-10-26T07:00Z',
    ]);
  });

  test.each([
    ['America/Los_Angeles', '2026-03-07T00:00:00Z', ['2026-03-07T10:30Z', '2026-03-09T09:30Z']],
    ['Europe/Berlin', '2026-03-28T00:00:00Z', ['2026-03-28T01:30Z', '2026-03-30T00:30Z']],
  ])('of %s: a time that the clocks leave out is skipped', (zone, after, times) => {
    expect(due('cron(30 2 * * ? *)', { zone, after, count: 2 })).toEqual(times);
  });

  test.each([
    ['America/Los_Angeles', '2026-11-01T00:00:00Z', ['2026-11-01T08:30Z', '2026-11-02T09:30Z']],
    ['Europe/London', '2026-10-24T12:00:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
  ])('of %s: a time that comes twice is due once', (zone, after, times) => {
    expect(due('cron(30 1 * * ? *)', { zone, after, count: 2 })).toEqual(times);
  });

  test('that nobody knows is refused', () => {
    for (const expression of ['cron(0 0 * * ? *)', 'at(2026-11-20T13:00:00)'])
      expect(() => readSchedule(expression, 'Mars/Base', FRIDAY)).toThrow(RangeError);
  });
});

describe('at(…)', () => {
  test.each([
    ['UTC', '2026-11-20T13:00Z'],
    ['America/Los_Angeles', '2026-11-20T21:00Z'],
    ['Europe/Berlin', '2026-11-20T12:00Z'],
  ])('is due once, in %s', (zone, time) => {
    expect(due('at(2026-11-20T13:00:00)', { zone, after: '2026-11-01T00:00:00Z' })).toEqual([time]);
  });

  test('is never due when it has passed', () => {
    expect(due('at(2026-11-20T12:00:00)')).toEqual([]);
  });

  test.each(['at(2026-11-20)', 'at(2026-13-20T12:00:00)', 'at(2026-11-20T12:00:00Z)', 'at(noon)'])(
    '%s is refused',
    (expression) => {
      expect(() => readSchedule(expression, 'UTC', FRIDAY)).toThrow(RangeError);
    },
  );
});

test.each(['', 'every day', 'rate(5 minutes', 'RATE(5 minutes)', ' cron(0 0 * * ? *)'])(
  '%j is no schedule',
  (expression) => {
    expect(() => readSchedule(expression, 'UTC', FRIDAY)).toThrow(RangeError);
  },
);
