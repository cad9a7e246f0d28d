import { describe, expect, it } from 'vitest';
import { type DescribedService, judgeConsumers } from '../../../functions/ecs/judge-consumers.ts';

const NOW = new Date('2026-11-21T03:00:00Z');
const revision = (number: number) => `arn:aws:ecs:us-east-1:123456789012:task-definition/api:${number}`;
const stopped: DescribedService = {
  status: 'ACTIVE',
  deployments: [
    { id: 'ecs-svc/1', status: 'PRIMARY', taskDefinition: revision(7), rolloutState: 'COMPLETED' },
  ],
  desiredCount: 0,
  runningCount: 0,
  pendingCount: 0,
};
const steady: DescribedService = { ...stopped, desiredCount: 2, runningCount: 2 };
const wanted = (running: number, taskDefinition: string | null = null, name = 'api') => ({
  name,
  cluster: 'main',
  service: name,
  running,
  taskDefinition,
});
const judge = (want: ReturnType<typeof wanted>, found: DescribedService | undefined) =>
  judgeConsumers([{ wanted: want, found }], NOW);

describe('the wait for services to stop', () => {
  it.each<[string, Partial<DescribedService>, string]>([
    ['no task left', {}, 'done'],
    ['a task that runs', { runningCount: 1 }, 'waiting'],
    ['a task that is pending', { pendingCount: 1 }, 'waiting'],
    ['tasks that ECS will start again', { desiredCount: 2 }, 'waiting'],
    ['an older deployment that is being drained', { deployments: [] }, 'done'],
    ['no service any more', { status: 'INACTIVE' }, 'failed'],
  ])('with %s', (_, change, state) => {
    expect(judge(wanted(0), { ...stopped, ...change }).state).toBe(state);
  });
});

describe('the wait for services to run', () => {
  it.each<[string, number, string | null, Partial<DescribedService>, string]>([
    ['all tasks of one completed deployment', 2, revision(7), {}, 'done'],
    ['whichever revision', 2, null, {}, 'done'],
    ['more tasks, which autoscaling wants', 2, null, { desiredCount: 3, runningCount: 3 }, 'done'],
    ['fewer tasks than wanted', 3, null, {}, 'waiting'],
    ['a task missing', 2, null, { runningCount: 1 }, 'waiting'],
    ['a task pending', 2, null, { pendingCount: 1 }, 'waiting'],
    ['another revision', 2, revision(8), {}, 'failed'],
    ['no deployment yet', 2, null, { deployments: [] }, 'waiting'],
    [
      'a deployment in progress',
      2,
      null,
      { deployments: [{ status: 'PRIMARY', taskDefinition: revision(7), rolloutState: 'IN_PROGRESS' }] },
      'waiting',
    ],
    [
      'a deployment that failed',
      2,
      null,
      { deployments: [{ status: 'PRIMARY', taskDefinition: revision(7), rolloutState: 'FAILED' }] },
      'failed',
    ],
  ])('with %s', (_, running, taskDefinition, change, state) => {
    expect(judge(wanted(running, taskDefinition), { ...steady, ...change }).state).toBe(state);
  });
});

describe('the wait for several services', () => {
  const both = (first: DescribedService | undefined, second: DescribedService | undefined) =>
    judgeConsumers(
      [
        { wanted: wanted(2), found: first },
        { wanted: wanted(0, null, 'worker'), found: second },
      ],
      NOW,
    );

  it('ends when each is as wanted', () => {
    expect(both(steady, stopped)).toEqual({
      state: 'done',
      output: { at: NOW.toISOString() },
      summary: 'api runs 2 tasks steadily, worker has stopped',
    });
  });

  it('goes on for the last of them, and names it', () => {
    expect(both(steady, { ...stopped, runningCount: 1 })).toEqual({
      state: 'waiting',
      seen: 'worker: 1 tasks still run, 0 are pending, 0 are wanted by ECS',
    });
  });

  it('fails with the first that cannot come any more, whatever the others do', () => {
    expect(both(undefined, { ...stopped, runningCount: 1 })).toMatchObject({
      state: 'failed',
      error: 'VerificationFailed',
      cause: expect.stringContaining('api: ECS has no active service "api" in the cluster "main"'),
    });
  });

  it('is over at once for none', () => {
    expect(judgeConsumers([], NOW).state).toBe('done');
  });
});
