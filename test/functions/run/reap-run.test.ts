import { describe, expect, it } from 'vitest';
import { describeDeath } from '../../../functions/run/reap-run.ts';

const call = 'ecs:UpdateService';
const idle = { target: 'service/api', acted: false };
const acted = { target: 'service/api', acted: true };

describe('describeDeath', () => {
  it.each([
    ['was stopped before it acted', idle, 'ABORTED', [], 'Aborted', 'It had changed nothing.'],
    [
      'was stopped after its call',
      acted,
      'ABORTED',
      [{ step: 'roll-service-back', status: 'done' as const, call }],
      'Aborted',
      'It had already called ecs:UpdateService; that change stays and was not verified.',
    ],
    [
      'died within its call',
      acted,
      'FAILED',
      [{ step: 'roll-service-back', status: 'intended' as const, call }],
      'NeedsHuman',
      'It had begun ecs:UpdateService; whether that took effect must be looked at.',
    ],
    ['ran out of time', acted, 'TIMED_OUT', [], 'States.Timeout', 'ran out of time'],
  ])('a run that %s', (_, record, status, actions, error, sentence) => {
    const death = describeDeath(record, status, '', 'plan-rollback', actions);
    expect(death).toMatchObject({ outcome: 'failed', error });
    expect(death.cause).toContain(sentence);
    expect(death.cause).toContain('Its lock is free again.');
  });

  it('says why, and what to look at', () => {
    expect(describeDeath(acted, 'ABORTED', 'I take over', 'await-steady-service', []).cause).toMatch(
      /^The run was stopped \(I take over\) after await-steady-service\. .*Look at service\/api now/,
    );
  });
});
