import type { Deployment } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import {
  judgeDeployment,
  judgeTasks,
  type RunningService,
} from '../../../../functions/health/service/judge-tasks.ts';

const NOW = new Date('2025-03-03T08:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const deployment = (change: Partial<Deployment> = {}): Deployment => ({
  status: 'PRIMARY',
  rolloutState: 'COMPLETED',
  taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/api:7',
  createdAt: ago(86_400),
  ...change,
});
const service = (change: Partial<RunningService> = {}): RunningService => ({
  desiredCount: 2,
  runningCount: 2,
  pendingCount: 0,
  deployments: [deployment()],
  ...change,
});
const young = { deployments: [deployment({ rolloutState: 'IN_PROGRESS', createdAt: ago(60) })] };
const old = { deployments: [deployment({ rolloutState: 'IN_PROGRESS', createdAt: ago(7200) })] };
const EXPECTED = { mayRest: false, steadyTimeoutSeconds: 1800 };

describe('tasks of a service', () => {
  it.each<[string, Partial<RunningService>, boolean, string]>([
    ['all run', {}, false, 'pass'],
    ['one is missing', { runningCount: 1 }, false, 'fail'],
    ['one is on its way', { runningCount: 1, pendingCount: 1 }, false, 'warn'],
    ['one is missing while a release goes out', { runningCount: 1, ...young }, false, 'warn'],
    ['one is missing while a release goes out for ever', { runningCount: 1, ...old }, false, 'fail'],
    ['none runs while a release goes out', { runningCount: 0, pendingCount: 2, ...young }, false, 'fail'],
    ['none is wanted, and nobody declared that', { desiredCount: 0, runningCount: 0 }, false, 'fail'],
    ['none is wanted, on purpose', { desiredCount: 0, runningCount: 0 }, true, 'pass'],
    ['none is wanted, and one still runs', { desiredCount: 0, runningCount: 1 }, true, 'warn'],
    ['a service that may rest does not, and misses one', { runningCount: 1 }, true, 'fail'],
  ])('%s', (_, change, mayRest, verdict) => {
    expect(judgeTasks(service(change), { ...EXPECTED, mayRest }, NOW).verdict).toBe(verdict);
  });
});

describe('the last deployment of a service', () => {
  it.each<[string, Partial<RunningService>, string]>([
    ['is done', {}, 'pass'],
    ['is under way', young, 'warn'],
    ['is under way for ever', old, 'fail'],
    [
      'was rolled back',
      { deployments: [deployment({ rolloutState: 'FAILED', createdAt: ago(60) })] },
      'fail',
    ],
    [
      'is done while an older one still has tasks',
      { deployments: [deployment(), deployment({ status: 'ACTIVE' })] },
      'fail',
    ],
    ['is not told', { deployments: [] }, 'unknown'],
  ])('%s', (_, change, verdict) => {
    expect(judgeDeployment(service(change), EXPECTED, NOW)?.verdict).toBe(verdict);
  });

  it('says what is deployed since when, and why it failed', () => {
    const failed = deployment({
      rolloutState: 'FAILED',
      rolloutStateReason: 'circuit breaker',
      failedTasks: 3,
    });
    expect(judgeDeployment(service({ deployments: [failed] }), EXPECTED, NOW)?.observed).toBe(
      'api:7 since 2025-03-02T08:00:00Z is FAILED, 3 of its tasks failed, circuit breaker',
    );
  });

  it('is another controller’s own matter', () => {
    const others = { deploymentController: { type: 'CODE_DEPLOY' as const }, deployments: [] };
    expect(judgeDeployment(service(others), EXPECTED, NOW)).toBeUndefined();
  });
});
