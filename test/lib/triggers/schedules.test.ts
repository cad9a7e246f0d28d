import { describe, expect, it, vi } from 'vitest';
import type { NightshiftConfigInput } from '../../../lib/config/schema.ts';
import { api, ofType, synthesizeConfig } from '../synthesize.ts';

// Said here too: what is imported before a helper that says it has loaded the bundling already.
vi.mock('../../../lib/bundling/bundle-functions.ts', () => import('../no-bundles.ts'));

/** Expression, time zone and input of each schedule that starts a runbook. */
function schedules(config: Partial<NightshiftConfigInput>) {
  const synthesized = synthesizeConfig({ services: { api }, ...config });
  return ofType(synthesized, 'AWS::Scheduler::Schedule')
    .filter(([id]) => id.startsWith('NightshiftSchedules'))
    .map(([, { Properties }]) => ({
      expression: Properties.ScheduleExpression,
      timeZone: Properties.ScheduleExpressionTimezone,
      input: JSON.parse(Properties.Target.Input),
    }));
}

describe('the daily check', () => {
  it('is made at eight o’clock UTC where nothing else is said', () => {
    expect(schedules({})).toEqual([
      {
        expression: 'cron(0 8 * * ? *)',
        timeZone: 'UTC',
        input: { dryRun: false, trigger: { kind: 'schedule', by: 'daily-health-check' } },
      },
    ]);
  });

  it('is made at another time, in the time zone of the team', () => {
    expect(schedules({ dailyHealthCheck: { at: '07:45', timeZone: 'Europe/Berlin' } })).toMatchObject([
      { expression: 'cron(45 7 * * ? *)', timeZone: 'Europe/Berlin' },
    ]);
  });

  it('is left to people where it is switched off, or made more often', () => {
    expect(schedules({ dailyHealthCheck: { scheduled: false } })).toEqual([]);
    const often = { runbook: 'daily-health-check', expression: 'rate(6 hours)' } as const;
    expect(schedules({ dailyHealthCheck: { scheduled: false }, schedules: { often } })).toMatchObject([
      { expression: 'rate(6 hours)', input: { dryRun: false } },
    ]);
  });

  it('is of all that is declared: a schedule of it names no target', () => {
    const wrong = { runbook: 'daily-health-check', expression: 'rate(6 hours)', service: 'api' } as const;
    expect(() => schedules({ schedules: { wrong } })).toThrow(
      /daily-health-check is for all that is declared/,
    );
  });
});
