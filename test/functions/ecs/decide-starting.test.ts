import type { Service } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { howToRestart, howToStart, revisionToUndo } from '../../../functions/ecs/decide-starting.ts';
import { SUSPENDED, type Suspension } from '../../../functions/ecs/scaling.ts';
import type { StoppedService } from '../../../functions/ecs/stopped-service.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';

const FREE: Suspension = { scaleIn: false, scaleOut: false, scheduled: false };
const stopped = (change: Partial<StoppedService> = {}): StoppedService => ({
  cluster: 'main',
  service: 'api',
  database: 'main',
  run: 'run-1',
  at: '2026-11-21T02:00:00.000Z',
  desiredCount: 3,
  taskDefinition: 'api:1',
  suspension: null,
  ...change,
});
const target = { name: 'api', cluster: 'main', service: 'api' } as ServiceTarget;

describe('how a service is started', () => {
  const BEGAN = Date.parse('2026-11-21T03:00:00.000Z');
  const consumer = (desiredCount: number, change: Partial<Service> = {}, deployedAt = BEGAN - 1) => ({
    target,
    scaling: null,
    service: {
      desiredCount,
      deployments: [{ status: 'PRIMARY', taskDefinition: 'api:1', createdAt: new Date(deployedAt) }],
      ...change,
    } as Service,
  });
  const other = (type: 'CODE_DEPLOY' | 'EXTERNAL') => ({ deploymentController: { type } });

  it.each([
    ['a stopped one', consumer(0), undefined, { desiredCount: 3, forceNewDeployment: true }, 3],
    [
      'a stopped one with another revision',
      consumer(0),
      'api:2',
      { desiredCount: 3, forceNewDeployment: true, taskDefinition: 'api:2' },
      3,
    ],
    ['one that somebody started before', consumer(7), undefined, { forceNewDeployment: true }, 7],
    ['one that this run has started', consumer(3, {}, BEGAN), undefined, undefined, 3],
    [
      'one that was started without the revision',
      consumer(3, {}, BEGAN),
      'api:2',
      { taskDefinition: 'api:2', forceNewDeployment: true },
      3,
    ],
    ['one of CodeDeploy', consumer(0, other('CODE_DEPLOY')), undefined, { desiredCount: 3 }, 3],
    ['one of CodeDeploy that runs', consumer(3, other('CODE_DEPLOY')), undefined, undefined, 3],
  ] as const)('%s', (_, found, revision, update, running) => {
    const starting = howToStart(stopped(), found, { revision, since: BEGAN });
    expect(starting).toMatchObject({ update, running });
  });

  it.each([
    [undefined, undefined],
    ['api:2', { taskDefinition: 'api:2' }],
  ])('one that rested rests on, with revision %s', (revision, update) => {
    const rested = stopped({ desiredCount: 0 });
    expect(howToStart(rested, consumer(0), { revision, since: BEGAN })).toMatchObject({ update, running: 0 });
  });

  it('with the scaling that it had', () => {
    const scaled = { ...consumer(0), scaling: { minimum: 1, suspension: SUSPENDED } };
    const wish = { revision: undefined, since: BEGAN };
    expect(howToStart(stopped({ suspension: FREE }), scaled, wish).resume).toEqual(FREE);
    expect(howToStart(stopped({ suspension: SUSPENDED }), scaled, wish).resume).toBeUndefined();
    // Nobody knows what it was, or it was left alone.
    expect(howToStart(stopped(), scaled, wish).resume).toBeUndefined();
  });

  it('anew when the database under its name is another one, unless it rests', () => {
    const wish = { revision: undefined, since: BEGAN };
    expect(howToRestart(consumer(2), wish)).toMatchObject({
      update: { forceNewDeployment: true },
      running: 2,
    });
    expect(howToRestart(consumer(0), wish)).toMatchObject({ update: undefined, running: 0 });
  });

  it.each([
    ['goes back', 'api:1', true, 'api:0'],
    ['stays while its database does', 'api:1', false, undefined],
    ['stays when somebody deployed another one since', 'api:9', true, undefined],
    ['stays when it was not given', undefined, true, undefined],
  ] as const)('a revision %s', (_, given, isBack, expected) => {
    const { service } = consumer(2);
    expect(revisionToUndo(stopped({ taskDefinition: 'api:0' }), service, given, isBack)).toBe(expected);
  });
});
