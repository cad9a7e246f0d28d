import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkRules,
  nextWindow,
  type RotationRules,
  showRules,
} from '../../../../sandbox/services/secrets-manager/rotation-rules.ts';

const HOUR_MILLISECONDS = 3_600_000;
const at = (text: string) => Date.parse(`${text}Z`);
const NOW = at('2030-05-14T10:20:30');
/** The windows that open after each other, as `opens/closes` of ISO 8601 without seconds. */
function windows(rules: RotationRules, count: number, after = NOW, base = NOW): string[] {
  const found: string[] = [];
  let from = after;
  for (let number = 0; number < count; number += 1) {
    const window = nextWindow(rules, from, base);
    if (!window) break;
    found.push(
      [window.opensAt, window.closesAt].map((time) => new Date(time).toISOString().slice(0, 16)).join('/'),
    );
    from = window.opensAt;
  }
  return found;
}

describe('rotation windows', () => {
  test.each<[RotationRules, string[]]>([
    [
      { ScheduleExpression: 'rate(4 hours)' },
      ['2030-05-14T12:00/2030-05-14T13:00', '2030-05-14T16:00/2030-05-14T17:00'],
    ],
    [{ ScheduleExpression: 'rate(1 day)' }, ['2030-05-15T00:00/2030-05-16T00:00']],
    [{ AutomaticallyAfterDays: 30 }, ['2030-06-13T00:00/2030-06-14T00:00']],
    [
      { ScheduleExpression: 'rate(10 days)', Duration: '3h' },
      ['2030-05-24T00:00/2030-05-24T03:00', '2030-05-25T00:00/2030-05-25T03:00'],
    ],
    [
      { ScheduleExpression: 'cron(0 16 1,15 * ? *)', Duration: '2h' },
      ['2030-05-15T16:00/2030-05-15T18:00', '2030-06-01T16:00/2030-06-01T18:00'],
    ],
    [{ ScheduleExpression: 'cron(0 8 * * ? *)' }, ['2030-05-15T08:00/2030-05-16T00:00']],
    [
      { ScheduleExpression: 'cron(0 4/12 * * ? *)' },
      ['2030-05-14T16:00/2030-05-14T17:00', '2030-05-15T04:00/2030-05-15T05:00'],
    ],
  ])('of %j open on the hour, in UTC', (rules, expected) => {
    expect(windows(rules, expected.length)).toEqual(expected);
  });

  test('of a rate in days that was missed open on the next day', () => {
    expect(windows({ AutomaticallyAfterDays: 2 }, 1, NOW, at('2030-01-01T05:00:00'))).toEqual([
      '2030-05-15T00:00/2030-05-16T00:00',
    ]);
  });

  test('that are allowed end with their day, before the next opens', () => {
    const rules = fc.oneof(
      fc.record({ AutomaticallyAfterDays: fc.integer({ min: 1, max: 1000 }) }),
      fc.record({
        ScheduleExpression: fc.integer({ min: 4, max: 23_976 }).map((hours) => `rate(${hours} hours)`),
        Duration: fc.integer({ min: 1, max: 24 }).map((hours) => `${hours}h`),
      }),
      fc.record({
        ScheduleExpression: fc.integer({ min: 0, max: 23 }).map((hour) => `cron(0 ${hour} * * ? *)`),
        Duration: fc.integer({ min: 1, max: 24 }).map((hours) => `${hours}h`),
      }),
    );
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 10_000 }), (given, hours) => {
        const now = NOW + hours * HOUR_MILLISECONDS;
        try {
          checkRules(given, now);
        } catch {
          return;
        }
        const window = nextWindow(given, now, now) as { opensAt: number; closesAt: number };
        expect(window.opensAt).toBeGreaterThan(now);
        expect(window.opensAt % HOUR_MILLISECONDS).toBe(0);
        const day = (time: number) => new Date(time).toISOString().slice(0, 10);
        expect(day(window.closesAt - 1)).toBe(day(window.opensAt));
        const following = nextWindow(given, window.opensAt, now);
        expect(following?.opensAt).toBeGreaterThanOrEqual(window.closesAt);
      }),
    );
  });
});

describe('rules', () => {
  test.each<[RotationRules, string]>([
    [{}, 'needs'],
    [{ AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' }, 'both'],
    [{ AutomaticallyAfterDays: 0 }, 'between 1 and 1000'],
    [{ AutomaticallyAfterDays: 1001 }, 'between 1 and 1000'],
    [{ Duration: '2h' }, 'needs'],
    [{ ScheduleExpression: 'rate(3 hours)' }, 'every 4 hours'],
    [{ ScheduleExpression: 'rate(1000 days)' }, '999 days'],
    [{ ScheduleExpression: 'rate(10 minutes)' }, 'neither'],
    [{ ScheduleExpression: 'at(2030-01-01T00:00:00)' }, 'neither'],
    [{ ScheduleExpression: 'cron(30 8 * * ? *)' }, 'on the hour'],
    [{ ScheduleExpression: 'cron(0 8 * * ? 2031)' }, 'the year'],
    [{ ScheduleExpression: 'cron(0 8 * * * *)' }, "'?'"],
    [{ AutomaticallyAfterDays: 1, Duration: '25h' }, 'Duration'],
    [{ AutomaticallyAfterDays: 1, Duration: '90m' }, 'Duration'],
    [{ ScheduleExpression: 'cron(0 22 * * ? *)', Duration: '3h' }, 'next UTC day'],
    [{ ScheduleExpression: 'rate(4 hours)', Duration: '5h' }, 'next'],
  ])('%j are refused', (rules, message) => {
    expect(() => checkRules(rules, NOW)).toThrow(message);
    expect(() => checkRules(rules, NOW)).toThrow(
      expect.objectContaining({ name: 'InvalidParameterException' }),
    );
  });

  test('of days are shown with their number', () => {
    expect(showRules({ ScheduleExpression: 'rate(30 days)' })).toEqual({
      ScheduleExpression: 'rate(30 days)',
      AutomaticallyAfterDays: 30,
    });
    expect(showRules({ ScheduleExpression: 'rate(12 hours)' })).toEqual({
      ScheduleExpression: 'rate(12 hours)',
    });
  });
});
