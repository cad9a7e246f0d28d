import type { Container } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { judgeTask } from '../../../functions/ecs/judge-task.ts';

const PARKED = '2026-11-21T03:00:00.000Z';
const later = (minutes: number) => new Date(Date.parse(PARKED) + minutes * 60_000);
const waited = { taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/main/0123', parkedAt: PARKED };
const essential = (container: string) => container !== 'log-router';
const stopped = (containers: Container[], stopCode: 'EssentialContainerExited' | 'TaskFailedToStart') => ({
  lastStatus: 'STOPPED',
  stopCode,
  stoppedReason: 'Essential container in task exited',
  containers,
});
const judge = (containers: Container[]) =>
  judgeTask(waited, stopped(containers, 'EssentialContainerExited'), essential, later(1));

describe('the wait for a one-off task', () => {
  it('ends well with exit code 0', () => {
    expect(judge([{ name: 'migrate', exitCode: 0 }])).toEqual({
      state: 'done',
      output: { at: later(1).toISOString(), exitCode: 0 },
      summary: 'The task 0123 ended with exit code 0',
    });
  });

  it.each<[string, Container[], string]>([
    [
      'a helper that was killed after it',
      [
        { name: 'migrate', exitCode: 0 },
        { name: 'log-router', exitCode: 137 },
      ],
      'done',
    ],
    [
      'one of two essential containers that failed',
      [
        { name: 'migrate', exitCode: 0 },
        { name: 'proxy', exitCode: 1 },
      ],
      'failed',
    ],
    ['a container that never ran', [{ name: 'migrate' }], 'failed'],
    ['nothing but a helper', [{ name: 'log-router', exitCode: 0 }], 'failed'],
    ['no container at all', [], 'failed'],
  ])('ends with %s', (_, containers, state) => {
    expect(judge(containers).state).toBe(state);
  });

  it('tells why it failed', () => {
    expect(judge([{ name: 'migrate', exitCode: 137, reason: 'OutOfMemoryError' }])).toMatchObject({
      error: 'VerificationFailed',
      cause: expect.stringContaining(
        'EssentialContainerExited: Essential container in task exited; migrate ended with exit code 137 (OutOfMemoryError).',
      ),
    });
  });

  it.each(['PROVISIONING', 'PENDING', 'RUNNING', 'STOPPING', 'DEPROVISIONING'])(
    'goes on while it is %s',
    (lastStatus) => {
      expect(judgeTask(waited, { lastStatus }, essential, later(600)).state).toBe('waiting');
    },
  );

  it('goes on for a quarter of an hour without it, and then fails', () => {
    expect(judgeTask(waited, undefined, essential, later(14.9)).state).toBe('waiting');
    expect(judgeTask(waited, undefined, essential, later(15)).state).toBe('failed');
  });
});
