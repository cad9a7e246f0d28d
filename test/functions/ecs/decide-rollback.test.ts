import { describe, expect, it } from 'vitest';
import { decideRollback } from '../../../functions/ecs/decide-rollback.ts';
import type { InspectedService, LastGood } from '../../../functions/ecs/state.ts';

const target = { name: 'api', cluster: 'main', service: 'api' };
const arn = (revision: number) => `arn:aws:ecs:us-east-1:123456789012:task-definition/api:${revision}`;
const service: InspectedService = {
  serviceArn: 'arn:service',
  controller: 'ECS',
  desiredCount: 2,
  runningCount: 2,
  taskDefinition: arn(3),
  since: '2026-11-21T01:00:00.000Z',
  rolloutState: 'COMPLETED',
  failedTasks: 0,
  inProgress: null,
};
const image = { what: 'image', kind: 'image' as const, from: 'api:3', to: 'api:2' };
const lastGood: LastGood = {
  basis: 'history',
  runningIsGood: false,
  taskDefinition: arn(2),
  goodAt: '2026-11-20T01:00:00.000Z',
  changes: [image],
  supportedMigrations: null,
  rejected: [],
  warnings: [],
};
const unknown = { known: false as const, why: 'the service declares no database' };
const decide = (
  options: {
    service?: Partial<InspectedService>;
    lastGood?: Partial<LastGood>;
    head?: Parameters<typeof decideRollback>[3];
    override?: boolean;
  } = {},
) =>
  decideRollback(
    target,
    { ...service, ...options.service },
    { ...lastGood, ...options.lastGood },
    options.head ?? unknown,
    { override: options.override ?? false },
  );

describe('decideRollback', () => {
  it('updates the service to the last good revision', () => {
    expect(decide().action).toMatchObject({
      call: 'ecs:UpdateService',
      parameters: { taskDefinition: arn(2) },
      title: 'Roll the release back to api:2',
    });
  });

  it('never sends a desired count', () => {
    expect(decide().action.parameters).not.toHaveProperty('desiredCount');
  });

  it('reverts configuration when only that changed', () => {
    const decision = decide({
      lastGood: {
        changes: [{ what: 'environment.A', kind: 'configuration', from: 'set', to: 'another value' }],
      },
    });
    expect(decision.action.title).toBe('Revert the configuration to api:2');
    expect(decision.summary).toContain('the image stays');
  });

  it('stops a deployment in progress when ECS would return to the good revision', () => {
    const inProgress = { serviceDeployment: 'arn:deployment', status: 'IN_PROGRESS', returnsTo: arn(2) };
    expect(decide({ service: { inProgress } }).action).toMatchObject({
      call: 'ecs:StopServiceDeployment',
      resource: 'arn:deployment',
    });
    expect(decide({ service: { inProgress: { ...inProgress, returnsTo: arn(1) } } }).action.call).toBe(
      'ecs:UpdateService',
    );
  });

  it('waits when ECS is on its way to the good revision already', () => {
    const inProgress = {
      serviceDeployment: 'arn:deployment',
      status: 'ROLLBACK_IN_PROGRESS',
      returnsTo: null,
    };
    expect(
      decide({ service: { inProgress, taskDefinition: arn(2) }, lastGood: { runningIsGood: true } }).action
        .call,
    ).toBe('ecs:DescribeServices');
  });

  it.each([
    ['the CodeDeploy controller', { service: { controller: 'CODE_DEPLOY' } }, 'Refused', 'CodeDeploy'],
    [
      'an external controller',
      { service: { controller: 'EXTERNAL' } },
      'Refused',
      'the tool that deploys it',
    ],
    [
      'a running revision that is good itself',
      { lastGood: { runningIsGood: true } },
      'Refused',
      'nothing to roll back',
    ],
    [
      'no good revision',
      { lastGood: { taskDefinition: null } },
      'PreconditionFailed',
      'no other completed deployment',
    ],
    [
      'good revisions that cannot be used',
      {
        lastGood: { taskDefinition: null, rejected: [{ taskDefinition: arn(2), why: 'its image is gone' }] },
      },
      'PreconditionFailed',
      'api:2: its image is gone',
    ],
    [
      'a release that the schema has left behind',
      { lastGood: { supportedMigrations: ['a1'] }, head: { known: true as const, heads: ['b2'] } },
      'Refused',
      'deploy a fixed release that supports b2',
    ],
    [
      'a schema that cannot be read',
      { lastGood: { supportedMigrations: ['a1'] } },
      'Refused',
      'could not be read',
    ],
  ])('refuses %s and says what to do instead', (_, options, name, words) => {
    expect(() => decide(options)).toThrow(
      expect.objectContaining({ name, message: expect.stringContaining(words) }),
    );
    expect(() => decide(options)).toThrow('Nothing was changed.');
  });

  it('lets a release pass that supports every live head', () => {
    expect(
      decide({ lastGood: { supportedMigrations: ['a1', 'b2'] }, head: { known: true, heads: ['b2', 'a1'] } })
        .warnings,
    ).toEqual([]);
  });

  it('warns where no release declares anything', () => {
    expect(decide().warnings).toEqual([
      'api:2 does not declare which migrations it supports, so the schema was not compared.',
    ]);
  });

  it('lets a person with a reason pass an unreadable schema, but never one that does not fit', () => {
    expect(decide({ lastGood: { supportedMigrations: ['a1'] }, override: true }).action.call).toBe(
      'ecs:UpdateService',
    );
    expect(() =>
      decide({
        lastGood: { supportedMigrations: ['a1'] },
        head: { known: true, heads: ['b2'] },
        override: true,
      }),
    ).toThrow('cannot run against the live schema');
  });
});
