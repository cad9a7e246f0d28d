import type { Service } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  howToStop,
  type ServiceNow,
  whatToRemember,
  whyNotStoppable,
} from '../../../functions/ecs/decide-stopping.ts';
import { SUSPENDED, type Suspension } from '../../../functions/ecs/scaling.ts';
import type { StoppedService } from '../../../functions/ecs/stopped-service.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';

const FREE: Suspension = { scaleIn: false, scaleOut: false, scheduled: false };
const now = (desiredCount: number, suspension: Suspension | null = null, minimum = 1): ServiceNow => ({
  desiredCount,
  taskDefinition: 'api:1',
  scaling: suspension === null ? null : { minimum, suspension },
});
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

describe('what a stopped service is to return to', () => {
  it.each([
    ['what it has', now(2), undefined, { desiredCount: 2, from: 'now' }],
    ['nothing, when it rests on purpose', now(0), undefined, { desiredCount: 0, from: 'now' }],
    ['what this run found at first', now(0), stopped({ run: 'run-2' }), { desiredCount: 3, from: 'run' }],
    ['what a dead run found', now(0), stopped(), { desiredCount: 3, from: 'earlier-run' }],
    ['what somebody gave it since', now(5), stopped(), { desiredCount: 5, from: 'now' }],
    [
      'what it has, when the earlier run gave it back',
      now(0),
      stopped({ returnedAt: '2026-11-21T02:10:00.000Z' }),
      { desiredCount: 0, from: 'now' },
    ],
    [
      'the scaling from before the dead run, when only the tasks were started',
      now(5, SUSPENDED),
      stopped({ suspension: FREE }),
      { desiredCount: 5, suspension: FREE },
    ],
    ['its scaling', now(5, FREE), stopped({ suspension: SUSPENDED }), { suspension: FREE }],
    ['no scaling, when that would start what rests', now(0, FREE), undefined, { suspension: null }],
    ['its scaling, when it may rest', now(0, FREE, 0), undefined, { suspension: FREE }],
  ] as Array<[string, ServiceNow, StoppedService | undefined, object]>)(
    'is %s',
    (_, was, earlier, expected) => {
      expect(whatToRemember(was, earlier, 'run-2')).toMatchObject(expected);
    },
  );

  it('is what it had before the first of any runs that die at any moment', () => {
    const suspensions = fc.option(
      fc.record({ scaleIn: fc.boolean(), scaleOut: fc.boolean(), scheduled: fc.boolean() }),
    );
    // After how many of its writes each attempt dies: remembering, suspending, stopping.
    const deaths = fc.array(
      fc.record({ writes: fc.integer({ min: 0, max: 3 }), run: fc.constantFrom('run-1', 'run-2') }),
    );
    fc.assert(
      fc.property(fc.nat(5), suspensions, fc.nat(2), deaths, (count, suspension, minimum, attempts) => {
        const first = now(count, suspension, minimum);
        let world = first;
        let memory: StoppedService | undefined;
        for (const { writes, run } of [...attempts, { writes: 3, run: 'run-last' }]) {
          const remembered = whatToRemember(world, memory, run);
          const { suspend, stop } = howToStop(world);
          if (writes > 0) memory = stopped({ ...remembered, run });
          if (writes > 1 && suspend && world.scaling !== null) {
            // Application Auto Scaling brings tasks up to the minimum with every such call.
            const desiredCount = Math.max(world.desiredCount, world.scaling.minimum);
            world = { ...world, desiredCount, scaling: { ...world.scaling, suspension: SUSPENDED } };
            if (count === 0) expect(desiredCount).toBe(0);
          }
          if (writes > 2 && stop) world = { ...world, desiredCount: 0 };
        }
        expect(world.desiredCount).toBe(0);
        const rests = count === 0 && minimum > 0;
        expect(memory?.suspension).toEqual(rests ? null : suspension);
        // One below its minimum may have been brought up to it, as scaling would have done.
        if (suspension === null || count >= minimum || rests) expect(memory?.desiredCount).toBe(count);
      }),
    );
  });
});

describe('whether a consumer can be stopped', () => {
  const service = (change: Partial<Service> = {}): Service => ({ status: 'ACTIVE', ...change });
  it.each([
    [service(), undefined, undefined],
    [service(), 'api:2', undefined],
    [service({ deploymentController: { type: 'EXTERNAL' } }), undefined, undefined],
    [service({ deploymentController: { type: 'CODE_DEPLOY' } }), 'api:2', 'deployed by CODE_DEPLOY'],
    [service({ schedulingStrategy: 'DAEMON' }), undefined, 'DAEMON'],
    [undefined, undefined, 'ECS has no active service "api" (main/api)'],
  ])('%j with revision %s', (found, revision, why) => {
    expect(whyNotStoppable({ target, service: found, scaling: null }, revision)).toEqual(
      why === undefined ? undefined : expect.stringContaining(why),
    );
  });
});
