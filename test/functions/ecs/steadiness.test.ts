import { describe, expect, it } from 'vitest';
import { judgeSteadiness } from '../../../functions/ecs/steadiness.ts';

const wanted = 'arn:aws:ecs:us-east-1:123456789012:task-definition/api:2';
const primary = {
  id: 'ecs-svc/1',
  status: 'PRIMARY',
  taskDefinition: wanted,
  rolloutState: 'COMPLETED' as const,
};
const service = { deployments: [primary], desiredCount: 2, runningCount: 2, pendingCount: 0 };

describe('judgeSteadiness', () => {
  it.each([
    ['one completed deployment with all its tasks', service, 'steady'],
    [
      'an older deployment that still has tasks',
      { ...service, deployments: [primary, { ...primary, id: 'old', status: 'ACTIVE' }] },
      'waiting',
    ],
    [
      'a deployment in progress',
      { ...service, deployments: [{ ...primary, rolloutState: 'IN_PROGRESS' as const }] },
      'waiting',
    ],
    ['a task that is pending', { ...service, pendingCount: 1 }, 'waiting'],
    ['a task that is missing', { ...service, runningCount: 1 }, 'waiting'],
    ['no primary deployment yet', { ...service, deployments: [] }, 'waiting'],
    [
      'a deployment that failed',
      { ...service, deployments: [{ ...primary, rolloutState: 'FAILED' as const }] },
      'lost',
    ],
    [
      'another task definition',
      { ...service, deployments: [{ ...primary, taskDefinition: `${wanted}9` }] },
      'lost',
    ],
  ])('judges %s', (_, found, state) => {
    expect(judgeSteadiness(found, wanted).state).toBe(state);
  });
});
