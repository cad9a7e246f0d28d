import { describe, expect, test } from 'vitest';
import {
  durationMilliseconds,
  type MuteRule,
  muteRuleStatus,
} from '../../../../sandbox/services/cloudwatch/mute-rules.ts';

const HOUR_MILLISECONDS = 3_600_000;
const rule = (
  Expression: string,
  Duration: string,
  more: { zone?: string } & Partial<MuteRule> = {},
): MuteRule => {
  const { zone, ...rest } = more;
  return {
    Name: 'rule',
    Rule: { Schedule: { Expression, Duration, ...(zone ? { Timezone: zone } : {}) } },
    ...rest,
  };
};

describe('a duration', () => {
  test.each([
    ['PT5M', HOUR_MILLISECONDS / 12],
    ['PT4H30M', 4.5 * HOUR_MILLISECONDS],
    ['P1D', 24 * HOUR_MILLISECONDS],
    ['P1DT1H', 25 * HOUR_MILLISECONDS],
    ['PT90S', 90_000],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(durationMilliseconds(text)).toBe(milliseconds);
  });

  test.each(['', 'P', 'PT', 'P1DT', '4H', 'PT1H2D', 'P1W'])('%j is refused', (text) => {
    expect(() => durationMilliseconds(text)).toThrow('is not an ISO 8601 duration');
  });
});

describe('a mute rule', () => {
  test.each([
    ['before', '2026-11-20T21:59:59Z', 'SCHEDULED'],
    ['as it begins', '2026-11-20T22:00:00Z', 'ACTIVE'],
    ['as it runs', '2026-11-20T23:59:59Z', 'ACTIVE'],
    ['as it ends', '2026-11-21T00:00:00Z', 'EXPIRED'],
  ])('of one time, %s', (_when, at, status) => {
    expect(muteRuleStatus(rule('at(2026-11-20T22:00)', 'PT2H'), Date.parse(at))).toBe(status);
  });

  test('of one time, in its time zone', () => {
    const berlin = rule('at(2026-11-20T22:00)', 'PT1H', { zone: 'Europe/Berlin' });
    expect(muteRuleStatus(berlin, Date.parse('2026-11-20T21:30:00Z'))).toBe('ACTIVE');
    expect(muteRuleStatus(berlin, Date.parse('2026-11-20T22:30:00Z'))).toBe('EXPIRED');
  });

  test.each([
    ['before', '2026-11-20T21:59:59Z', 'SCHEDULED'],
    ['as it begins', '2026-11-20T22:00:00Z', 'ACTIVE'],
    ['beyond midnight', '2026-11-21T01:59:59Z', 'ACTIVE'],
    ['as it ends', '2026-11-21T02:00:00Z', 'SCHEDULED'],
    ['the next day', '2026-11-21T22:00:00Z', 'ACTIVE'],
  ])('of every evening, %s', (_when, at, status) => {
    expect(muteRuleStatus(rule('cron(0 22 * * *)', 'PT4H'), Date.parse(at))).toBe(status);
  });

  test('of every evening, in its time zone', () => {
    const newYork = rule('cron(0 22 * * *)', 'PT1H', { zone: 'America/New_York' });
    expect(muteRuleStatus(newYork, Date.parse('2026-11-21T03:30:00Z'))).toBe('ACTIVE');
    expect(muteRuleStatus(newYork, Date.parse('2026-11-20T22:30:00Z'))).toBe('SCHEDULED');
  });

  test('mutes neither before it starts nor after it expires', () => {
    const bounded = rule('cron(* * * * *)', 'PT1H', {
      StartDate: new Date('2026-11-20T00:00:00Z'),
      ExpireDate: new Date('2026-11-21T00:00:00Z'),
    });
    expect(
      ['2026-11-19T23:59:59Z', '2026-11-20T12:00:00Z', '2026-11-21T00:00:00Z'].map((at) =>
        muteRuleStatus(bounded, Date.parse(at)),
      ),
    ).toEqual(['SCHEDULED', 'ACTIVE', 'EXPIRED']);
  });

  test('with another schedule is refused', () => {
    expect(() => muteRuleStatus(rule('rate(1 hour)', 'PT1H'), 0)).toThrow('neither cron(…) nor at(…)');
  });
});
