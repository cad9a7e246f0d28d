import { describe, expect, it } from 'vitest';
import { describeTrigger, hintsOf, lateTrigger } from '../../../functions/run/trigger.ts';

const alarm = { kind: 'alarm', by: 'api-errors', at: '2026-11-21T03:00:00Z' } as const;
const states = (state: string) => [{ name: 'api-errors', state, since: '2026-11-21T03:05:00Z' }];

describe('lateTrigger', () => {
  it('goes on while the alarm is red', () => {
    expect(lateTrigger(alarm, states('ALARM'))).toBeUndefined();
  });

  it('needs nobody when the alarm has recovered', () => {
    expect(lateTrigger(alarm, states('OK'))).toMatchObject({
      recovered: true,
      message: expect.stringContaining('is OK again since 2026-11-21T03:05:00Z'),
    });
  });

  it('takes missing data for neither good nor bad', () => {
    expect(lateTrigger(alarm, states('INSUFFICIENT_DATA'))).toMatchObject({
      recovered: false,
      message: expect.stringContaining('whether anything is wrong cannot be told'),
    });
  });

  it.each([
    ['an alarm that is none of those of the target', { ...alarm, by: 'other' }],
    ['a person', { kind: 'person' } as const],
  ])('has nothing to say of %s', (_, trigger) => {
    expect(lateTrigger(trigger, states('OK'))).toBeUndefined();
  });
});

describe('hintsOf', () => {
  it.each([
    [{ service: 'api', trigger: alarm }, alarm, 'service/api'],
    [{ service: 'api' }, { kind: 'person' }, 'service/api'],
    [{ service: '../x y' }, { kind: 'person' }, 'unknown'],
    ['no object', { kind: 'person' }, 'unknown'],
    [null, { kind: 'person' }, 'unknown'],
    [{ service: 7, trigger: 'x' }, { kind: 'person' }, 'unknown'],
  ])('of %j', (state, trigger, target) => {
    expect(hintsOf(state, 'service')).toEqual({ trigger, target });
  });
});

describe('describeTrigger', () => {
  it.each([
    [alarm, 'Started by api-errors, which fired at 2026-11-21T03:00:00Z.'],
    [{ kind: 'schedule', by: 'hourly' } as const, 'Started by the schedule hourly.'],
    [{ kind: 'person', by: 'kim' } as const, 'Started by hand by kim.'],
    [{ kind: 'person' } as const, 'Started by hand.'],
  ])('%j', (trigger, expected) => {
    expect(describeTrigger({ trigger })).toBe(expected);
  });
});
