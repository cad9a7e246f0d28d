import { describe, expect, it } from 'vitest';
import { judgeErrorRatio } from '../../../functions/cloudwatch/error-ratio.ts';
import { whyNotGood } from '../../../functions/ecs/record-good-revision.ts';

const service = {
  deployments: [
    { id: 'ecs-svc/1', status: 'PRIMARY', taskDefinition: 'api:2', rolloutState: 'COMPLETED' as const },
  ],
  desiredCount: 1,
  runningCount: 1,
  pendingCount: 0,
};

describe('whyNotGood', () => {
  it.each([
    ['healthy all through', 'ecs-svc/1', [], [], undefined],
    ['replaced by another deployment', 'ecs-svc/0', [], [], 'another deployment has taken its place'],
    ['red now', 'ecs-svc/1', [{ name: 'a', state: 'ALARM', since: '' }], [], 'in ALARM: a'],
    [
      'red for a while',
      'ecs-svc/1',
      [{ name: 'a', state: 'OK', since: '' }],
      ['a'],
      'went off during the bake time: a',
    ],
  ])('a deployment that was %s', (_, deployment, alarms, wentOff, expected) => {
    expect(whyNotGood(service, deployment, alarms, wentOff, undefined)).toBe(expected);
  });

  it.each([
    [{ requests: 200, errors: 0 }, undefined],
    [{ requests: 200, errors: 20 }, 'in its bake time 10.00 % of 200 requests failed, limit 1 %'],
    // Nobody calls it at night: its health checks and alarms are what there is.
    [{ requests: 3, errors: 3 }, undefined],
  ])('whose balancer counted %j', (counts, expected) => {
    const errorRatio = judgeErrorRatio(
      counts,
      { errorRatioLimitPercent: 1, minimumRequests: 20 },
      new Date(),
    );
    expect(whyNotGood(service, 'ecs-svc/1', [], [], errorRatio)).toBe(expected);
  });

  it('is not good while a task is missing', () => {
    expect(whyNotGood({ ...service, runningCount: 0 }, 'ecs-svc/1', [], [], undefined)).toBe(
      '0 of 1 tasks run, 0 are pending',
    );
  });
});
