import { describe, expect, it } from 'vitest';
import { decideRedeployment } from '../../../functions/ecs/decide-redeployment.ts';
import { judgeConsumers } from '../../../functions/ecs/judge-consumers.ts';
import { secretReferences } from '../../../functions/ecs/secret-references.ts';

const SINCE = '2026-11-21T03:00:00.000Z';
const before = new Date(Date.parse(SINCE) - 60_000);
const after = new Date(Date.parse(SINCE) + 1000);
const TASK_DEFINITION = 'arn:aws:ecs:us-east-1:123456789012:task-definition/app:7';
const deployment = (id: string, change: object = {}) => ({
  id,
  status: 'PRIMARY',
  taskDefinition: TASK_DEFINITION,
  rolloutState: 'COMPLETED' as const,
  createdAt: after,
  ...change,
});
const service = (deployments: object[], change: object = {}) => ({
  status: 'ACTIVE',
  desiredCount: 2,
  runningCount: 2,
  pendingCount: 0,
  deployments,
  ...change,
});

describe('the wait for a deployment', () => {
  const judge = (found: object | undefined, tolerant = false) =>
    judgeConsumers(
      [
        {
          wanted: {
            name: 'api',
            cluster: 'main',
            service: 'api',
            running: 4,
            taskDefinition: null,
            deployment: { id: 'new', since: SINCE },
          },
          found,
        },
      ],
      after,
      tolerant,
    );

  it('ends when that very deployment is complete, whatever autoscaling has done meanwhile', () => {
    expect(judge(service([deployment('new')]))).toMatchObject({ state: 'done' });
    expect(judge(service([deployment('new', { rolloutState: 'IN_PROGRESS' })]))).toMatchObject({
      state: 'waiting',
    });
    expect(judge(service([deployment('new'), deployment('old', { status: 'ACTIVE' })]))).toMatchObject({
      state: 'waiting',
    });
  });

  it('goes on while ECS tells of what was before', () => {
    expect(judge(service([deployment('old', { createdAt: before })]))).toMatchObject({ state: 'waiting' });
  });

  it.each([
    [
      'went back by a deployment of its own',
      [
        deployment('rollback'),
        deployment('new', { status: 'ACTIVE', rolloutState: 'FAILED', rolloutStateReason: 'tasks failed' }),
      ],
      /its tasks did not start, and ECS went back: tasks failed/,
    ],
    ['went back, and forgot the failed one', [deployment('rollback')], /another deployment \(rollback\)/],
    ['has failed and stays', [deployment('new', { rolloutState: 'FAILED' })], /the deployment failed/],
  ])('fails where ECS %s', (_, deployments, why) => {
    const verdict = judge(service(deployments));
    expect(verdict).toMatchObject({ state: 'failed', error: 'VerificationFailed' });
    expect((verdict as { cause: string }).cause).toMatch(why);
    expect(judge(service(deployments), true)).toMatchObject({
      state: 'done',
      summary: expect.stringContaining('NOT as wanted: api'),
    });
  });
});

describe('decideRedeployment', () => {
  const decide = (found: object | undefined) => decideRedeployment(found, Date.parse(SINCE));
  it.each([
    ['deploys a service that runs', service([deployment('old', { createdAt: before })]), { do: 'deploy' }],
    [
      'takes what an earlier attempt has asked for',
      service([deployment('new')]),
      { do: 'await', deployment: 'new' },
    ],
    ['leaves one that rests', service([deployment('old')], { desiredCount: 0 }), { do: 'leave' }],
    [
      'leaves one that something else deploys',
      service([], { deploymentController: { type: 'EXTERNAL' } }),
      { do: 'leave' },
    ],
    ['leaves one that is gone', undefined, { do: 'leave' }],
  ])('%s', (_, found, decision) => {
    expect(decide(found)).toMatchObject(decision);
  });
});

describe('secretReferences', () => {
  const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf';
  const references = (valueFrom: string) =>
    secretReferences([{ secrets: [{ name: 'PASSWORD', valueFrom }] }], ARN);
  it.each([
    ['the whole secret', ARN, true, []],
    ['a field of it', `${ARN}:password::`, true, []],
    ['the current version by its label', `${ARN}:password:AWSCURRENT:`, true, []],
    ['it by a partial ARN', ARN.slice(0, -7), true, []],
    ['a version', `${ARN}:password::0a1b`, true, ['PASSWORD']],
    ['the previous version', `${ARN}::AWSPREVIOUS:`, true, ['PASSWORD']],
    ['another secret', ARN.replace('app-AbCdEf', 'app-two-AbCdEf'), false, []],
    ['a parameter', 'arn:aws:ssm:us-east-1:123456789012:parameter/app', false, []],
  ])('sees that a task is given %s', (_, valueFrom, injected, pinned) => {
    expect(references(valueFrom)).toEqual({ refers: injected, injected, pinned });
  });

  it('sees that a task is told which secret to read', () => {
    expect(secretReferences([{ environment: [{ name: 'SECRET', value: ARN }] }], ARN)).toEqual({
      refers: true,
      injected: false,
      pinned: [],
    });
  });
});
