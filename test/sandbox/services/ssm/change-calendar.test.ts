import { describe, expect, test } from 'vitest';
import { calendarState } from '../../../../sandbox/services/ssm/change-calendar.ts';
import { calendar } from './calendar.ts';

const freeze = ['DTSTART:20261220T000000Z', 'DTEND:20261227T000000Z'];
const weekly = ['DTSTART:20260102T180000Z', 'DTEND:20260104T180000Z', 'RRULE:FREQ=WEEKLY'];
const weeklyButOne = [...weekly, 'EXDATE:20260109T180000Z'];
const twice = ['DTSTART:20260101T000000Z', 'DTEND:20260101T010000Z', 'RRULE:FREQ=DAILY;COUNT=2'];
const summer = ['DTSTART;VALUE=DATE:20260701', 'DTEND;VALUE=DATE:20260702'];

describe('a change calendar that is open by default', () => {
  test.each([
    ['before an event', freeze, '2026-12-19T23:59:59Z', 'OPEN'],
    ['as an event begins', freeze, '2026-12-20T00:00:00Z', 'CLOSED'],
    ['just before an event ends', freeze, '2026-12-26T23:59:59Z', 'CLOSED'],
    ['as an event ends', freeze, '2026-12-27T00:00:00Z', 'OPEN'],
    ['the first time an event comes', weekly, '2026-01-03T12:00:00Z', 'CLOSED'],
    ['a later time that an event comes', weekly, '2026-11-21T12:00:00Z', 'CLOSED'],
    ['between two times', weekly, '2026-11-23T12:00:00Z', 'OPEN'],
    ['a time that is excepted', weeklyButOne, '2026-01-10T12:00:00Z', 'OPEN'],
    ['the time after that', weeklyButOne, '2026-01-17T12:00:00Z', 'CLOSED'],
    ['the last time', twice, '2026-01-02T00:30:00Z', 'CLOSED'],
    ['after the last time', twice, '2026-01-03T00:30:00Z', 'OPEN'],
    ['a day in UTC', summer, '2026-07-01T12:00:00Z', 'CLOSED'],
  ])('is, %s, as it should be', (_when, event, at, state) => {
    expect(calendarState(calendar('DEFAULT_OPEN', event), new Date(at))).toBe(state);
  });
});

describe('a change calendar that is closed by default', () => {
  test.each([
    ['2026-12-19T23:59:59Z', 'CLOSED'],
    ['2026-12-20T00:00:00Z', 'OPEN'],
  ])('is at %s %s', (at, state) => {
    expect(calendarState(calendar('DEFAULT_CLOSED', freeze), new Date(at))).toBe(state);
  });
});

test('a calendar with several events is closed in each', () => {
  const text = calendar('DEFAULT_OPEN', freeze, weekly);
  expect(calendarState(text, new Date('2026-12-22T00:00:00Z'))).toBe('CLOSED');
  expect(calendarState(text, new Date('2026-11-21T12:00:00Z'))).toBe('CLOSED');
});
