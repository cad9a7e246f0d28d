import { describe, expect, it } from 'vitest';
import { judgeRestarts, type StoppedTask } from '../../../../functions/health/service/judge-restarts.ts';

const NOW = new Date('2025-03-03T08:00:00Z');
const LIMITS = { warn: 1, fail: 3, windowSeconds: 3600 };
const task = (change: Partial<StoppedTask> = {}): StoppedTask => ({
  stoppedAt: new Date(NOW.getTime() - 60_000),
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/api:7',
  containers: [{ name: 'api', exitCode: 1 }],
  ...change,
});
const times = (count: number, change: Partial<StoppedTask> = {}) =>
  Array.from({ length: count }, () => task(change));
const judge = (tasks: readonly StoppedTask[], complete = true) => judgeRestarts(tasks, LIMITS, complete, NOW);

describe('tasks that stopped lately', () => {
  it.each<[string, readonly StoppedTask[], string]>([
    ['none', [], 'pass'],
    ['one by itself', times(1), 'warn'],
    ['three by themselves', times(3), 'fail'],
    ['long ago', times(3, { stoppedAt: new Date(NOW.getTime() - 3_700_000) }), 'pass'],
    [
      'not yet, and for no reason that is known',
      times(3, { stoppedAt: undefined, stopCode: undefined }),
      'pass',
    ],
    ['by a person', times(3, { stopCode: 'UserInitiated' }), 'pass'],
    ['by AWS, which gives the place to somebody else', times(3, { stopCode: 'SpotInterruption' }), 'pass'],
    [
      'by a deployment',
      times(3, {
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/1234567890)',
      }),
      'pass',
    ],
    [
      'by the load balancer’s health check',
      times(3, {
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Task failed ELB health checks in (target-group arn:aws:…/api)',
      }),
      'fail',
    ],
    ['before they ran', times(3, { stopCode: 'TaskFailedToStart', containers: [] }), 'fail'],
  ])('%s', (_, tasks, verdict) => {
    expect(judge(tasks).verdict).toBe(verdict);
  });

  it('says why, the most frequent reason first', () => {
    const memory = task({ containers: [{ name: 'api', exitCode: 137, reason: 'OutOfMemoryError: killed' }] });
    expect(judge([memory, ...times(2)]).observed).toBe(
      '3 in 60 minutes: 2 × api:7 Essential container in task exited, api ended with 1; 1 × api:7 Essential container in task exited, api ended with 137, OutOfMemoryError',
    );
  });

  it('are not known where not all could be read, unless those are enough', () => {
    expect(judge(times(2), false).verdict).toBe('unknown');
    expect(judge(times(3), false)).toMatchObject({
      verdict: 'fail',
      observed: expect.stringContaining('at least 3 in 60 minutes'),
    });
  });
});
