import * as sdk from '@aws-sdk/client-application-auto-scaling';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Machine } from '../../../../sandbox/contract.ts';
import { createApplicationAutoScalingService } from '../../../../sandbox/services/application-auto-scaling/application-auto-scaling-service.ts';
import { errorName, startServices } from '../start-services.ts';

const TARGET = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/demo/api',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;
const ROLE = 'arn:aws:iam::123456789012:role/scaling';

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.ApplicationAutoScalingClient;
const limited: unknown[] = [];
beforeAll(async () => {
  const ecs = (machine: Machine) => {
    machine.engines.limitDesiredCount = (...call) => {
      if (call[0] === 'service/demo/gone') throw new Error('Service not found.');
      limited.push(call);
    };
    return { name: 'ecs', apis: [], providers: [], close() {} };
  };
  services = await startServices([ecs, createApplicationAutoScalingService]);
  client = new sdk.ApplicationAutoScalingClient(services.client);
  await services.create('AWS::ApplicationAutoScaling::ScalableTarget', {
    ...TARGET,
    MinCapacity: '2',
    MaxCapacity: 8,
    RoleARN: ROLE,
  });
});
afterAll(async () => {
  client.destroy();
  await services.close();
});

const describeTargets = async (input: Partial<sdk.DescribeScalableTargetsCommandInput> = {}) =>
  (await client.send(new sdk.DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ...input })))
    .ScalableTargets;
const register = (input: Partial<sdk.RegisterScalableTargetCommandInput>, by = client) =>
  by.send(new sdk.RegisterScalableTargetCommand({ ...TARGET, ...input }));

describe('a scalable target', () => {
  test('of a template is described as it was declared', async () => {
    expect(limited.splice(0)).toEqual([['service/demo/api', { minimum: 2, maximum: 8 }]]);
    const [target] = (await describeTargets({ ResourceIds: ['service/demo/api'] })) ?? [];
    expect(target).toEqual({
      ...TARGET,
      MinCapacity: 2,
      MaxCapacity: 8,
      RoleARN: ROLE,
      CreationTime: expect.any(Date),
      ScalableTargetARN: expect.stringMatching(
        /^arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target\/\w+$/,
      ),
      SuspendedState: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
      },
    });
    expect(await describeTargets({ ResourceIds: ['service/demo/other'] })).toEqual([]);
    expect(await describeTargets({ ServiceNamespace: 'dynamodb' })).toEqual([]);
  });

  test('is suspended without a change of its limits; as every update, that brings its service between them', async () => {
    const SuspendedState = { DynamicScalingOutSuspended: true, ScheduledScalingSuspended: true };
    const { ScalableTargetARN } = await register({ SuspendedState });
    await register({ SuspendedState: { ScheduledScalingSuspended: false } });
    expect(await describeTargets()).toMatchObject([
      {
        ScalableTargetARN,
        MinCapacity: 2,
        MaxCapacity: 8,
        RoleARN: ROLE,
        SuspendedState: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: true,
          ScheduledScalingSuspended: false,
        },
      },
    ]);
    const limits = ['service/demo/api', { minimum: 2, maximum: 8 }];
    expect(limited.splice(0)).toEqual([limits, limits]);
  });

  test('that gets other limits brings its service between them', async () => {
    await register({ MinCapacity: 0 });
    expect(limited.splice(0)).toEqual([['service/demo/api', { minimum: 0, maximum: 8 }]]);
    expect(await errorName(register({ MinCapacity: 9 }))).toBe('ValidationException');
    const gone = { ResourceId: 'service/demo/gone', MinCapacity: 1, MaxCapacity: 2 };
    await expect(register(gone)).rejects.toThrow(/doesn't exist/);
    expect(await describeTargets({ ResourceIds: [gone.ResourceId] })).toEqual([]);
    expect(await errorName(register({ ResourceId: 'service/demo/new', MinCapacity: 1 }))).toBe(
      'ValidationException',
    );
    expect(limited).toEqual([]);
  });

  test('of something else than an ECS service, or with tags, is refused', async () => {
    expect(await errorName(register({ ScalableDimension: 'dynamodb:table:ReadCapacityUnits' }))).toBe(
      'UnsupportedOperation',
    );
    expect(await errorName(register({ Tags: { a: 'b' } }))).toBe('UnsupportedOperation');
  });

  test('is changed only where the policy says', async () => {
    const [target] = (await describeTargets()) ?? [];
    const statement = (Resource: string, dimension: string) => ({
      Effect: 'Allow',
      Action: 'application-autoscaling:RegisterScalableTarget',
      Resource,
      Condition: {
        StringEquals: {
          'application-autoscaling:service-namespace': 'ecs',
          'application-autoscaling:scalable-dimension': dimension,
        },
      },
    });
    const as = (name: string, ...statements: unknown[]) =>
      new sdk.ApplicationAutoScalingClient(services.clientOf(name, statements));
    const arn = target?.ScalableTargetARN as string;
    const allowed = as('suspender', statement(arn, TARGET.ScalableDimension));
    const elsewhere = as('elsewhere', statement(`${arn}0`, TARGET.ScalableDimension));
    const otherwise = as('otherwise', statement(arn, 'ecs:service:Other'));
    const SuspendedState = {};
    expect(await errorName(register({ SuspendedState }, allowed))).toBe('no error');
    expect(await errorName(register({ SuspendedState }, elsewhere))).toBe('AccessDeniedException');
    expect(await errorName(register({ SuspendedState }, otherwise))).toBe('AccessDeniedException');
    for (const one of [allowed, elsewhere, otherwise]) one.destroy();
  });
});
