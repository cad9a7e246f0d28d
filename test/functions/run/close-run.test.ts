import { describe, expect, it } from 'vitest';
import { lapseOr, readFailure } from '../../../functions/run/close-run.ts';

describe('readFailure', () => {
  it.each([
    ['nothing', undefined, undefined],
    [
      "a function's own error",
      { Error: 'Refused', Cause: '{"errorType":"Refused","errorMessage":"A freeze window holds."}' },
      { name: 'Refused', message: 'A freeze window holds.' },
    ],
    [
      'a time-out, which has no cause',
      { Error: 'States.Timeout', Cause: '' },
      { name: 'States.Timeout', message: 'States.Timeout (Step Functions gives no further cause)' },
    ],
    [
      'a text with a secret in it',
      { Error: 'Error', Cause: 'connect postgres://app:hunter2@db/x' },
      { name: 'Error', message: 'connect postgres://app:***@db/x' },
    ],
  ])('reads %s', (_, failure, expected) => {
    expect(readFailure(failure)).toEqual(expected);
  });
});

describe('lapseOr', () => {
  const timeout = { name: 'States.Timeout', message: 'States.Timeout' };
  const waiting = {
    phase: 'approve',
    acted: false,
    approval: { planHash: 'a', requestedAt: '2026-11-21T03:00:00Z', expiresAt: '2026-11-21T04:00:00Z' },
  } as const;

  it('calls a wait for approval that ran out a refusal', () => {
    expect(lapseOr(timeout, waiting)).toEqual({
      name: 'Refused',
      message:
        'Nobody approved the plan until 2026-11-21T04:00:00Z, so it has lapsed. Nothing was changed. If it is still needed, start the runbook again.',
    });
  });

  it.each([
    ['another failure', { name: 'Transient', message: 'x' }, waiting],
    ['a time-out of another phase', timeout, { ...waiting, phase: 'act' as const }],
    ['a run that has acted', timeout, { ...waiting, acted: true }],
  ])('leaves %s as it is', (_, failure, record) => {
    expect(lapseOr(failure, record)).toBe(failure);
  });
});
