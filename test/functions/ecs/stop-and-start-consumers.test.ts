import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as startConsumers } from '../../../functions/ecs/start-consumers.ts';
import { handler as stopConsumers } from '../../../functions/ecs/stop-consumers.ts';
import { readStopped } from '../../../functions/ecs/stopped-service.ts';
import { handler as probeConsumers } from '../../../functions/http/probe-consumers.ts';
import { writeAction } from '../../../functions/run/action-record.ts';
import { readRecord } from '../../../functions/run/run-record.ts';
import { createApplicationAutoScalingService } from '../../../sandbox/services/application-auto-scaling/application-auto-scaling-service.ts';
import { createEcsService } from '../../../sandbox/services/ecs/ecs-service.ts';
import { Evidence } from '../../../schemas/run.ts';
import { CONTEXT, planOf, startActing } from '../../support/acting-run.ts';

/** Four services of one database on one day: each test goes on where the last one ended. */
describe('stopping and starting consumers', { timeout: 120_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let ecs: ECSClient;
  let scaling: ApplicationAutoScalingClient;
  let definition: string;
  const ended: Array<() => void> = [];

  beforeAll(async () => {
    world = await startActing([createEcsService, createApplicationAutoScalingService]);
    world.machine.images.set('app', {
      digest: 'sha256:app',
      command: ['node', '-e', 'setInterval(() => {}, 1000)'],
    });
    ecs = new ECSClient(world.client);
    scaling = new ApplicationAutoScalingClient(world.client);
    await world.create('AWS::ECS::Cluster', { ClusterName: 'main' }, 'Cluster');
    definition = await register();
    await service('api', 2);
    await service('worker', 1);
    await service('resting', 0);
    await service('blue', 1, { DeploymentController: { Type: 'CODE_DEPLOY' } });
    for (const [name, minimum] of [
      ['worker', 1],
      ['resting', 1],
    ] as const)
      await world.create(
        'AWS::ApplicationAutoScaling::ScalableTarget',
        {
          ServiceNamespace: 'ecs',
          ResourceId: `service/main/${name}`,
          ScalableDimension: 'ecs:service:DesiredCount',
          MinCapacity: minimum,
          MaxCapacity: 4,
          SuspendedState: { ScheduledScalingSuspended: true },
        },
        `scaling-${name}`,
      );
    // Registering brings it to its minimum; somebody wants none all the same.
    await setCount('resting', 0);
  });
  afterEach(() => {
    for (const end of ended.splice(0)) end();
  });
  afterAll(async () => {
    ecs?.destroy();
    scaling?.destroy();
    await world?.stop();
  });

  async function register(): Promise<string> {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'app',
        containerDefinitions: [{ name: 'app', image: 'app', essential: true }],
      }),
    );
    return taskDefinition?.taskDefinitionArn as string;
  }
  async function service(name: string, desiredCount: number, properties: object = {}): Promise<void> {
    await world.create(
      'AWS::ECS::Service',
      {
        ServiceName: name,
        Cluster: 'main',
        TaskDefinition: definition,
        DesiredCount: desiredCount,
        ...properties,
      },
      name,
    );
    await declare(name);
  }
  const declare = (name: string, change: object = {}) =>
    world.parameter(
      `/nightshift/nightshift/targets/service/${name}`,
      JSON.stringify({
        kind: 'service',
        name,
        environment: 'production',
        cluster: 'main',
        service: name,
        baseUrl: 'http://127.0.0.1:1',
        livenessPath: '/live',
        readinessPath: '/ready',
        latencyLimitMilliseconds: 1000,
        errorRatioLimitPercent: 1,
        minimumRequests: 20,
        bakeSeconds: 0,
        observeSeconds: 0,
        steadyTimeoutSeconds: 600,
        alarms: [],
        ...change,
      }),
    );
  const target = (consumers = ['api', 'worker', 'resting', 'blue']) => ({
    kind: 'database',
    name: 'main',
    instance: 'shop',
    host: 'localhost',
    port: 5432,
    database: 'postgres',
    secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
    migrations: 'none',
    consumers,
  });
  type Began = Awaited<ReturnType<typeof world.beginRun>>;
  const stop = (began: Began, change: object = {}) =>
    stopConsumers({ ...began, target: target(), plan: planOf({}), ...change }, CONTEXT);
  const start = (began: Began, change: object = {}) =>
    startConsumers({ ...began, target: target(), plan: planOf({}), ...change }, CONTEXT);
  const describeAll = async () =>
    (
      await ecs.send(
        new DescribeServicesCommand({ cluster: 'main', services: ['api', 'worker', 'resting', 'blue'] }),
      )
    ).services ?? [];
  const counts = async () =>
    Object.fromEntries(
      (await describeAll()).map(({ serviceName, desiredCount }) => [serviceName, desiredCount]),
    );
  const primaryOf = async (name: string) =>
    (await describeAll()).find(({ serviceName }) => serviceName === name)?.deployments?.[0];
  const suspended = async (name: string) =>
    (
      await scaling.send(
        new DescribeScalableTargetsCommand({
          ServiceNamespace: 'ecs',
          ResourceIds: [`service/main/${name}`],
        }),
      )
    ).ScalableTargets?.[0]?.SuspendedState;
  const setCount = (name: string, desiredCount: number) =>
    ecs.send(new UpdateServiceCommand({ cluster: 'main', service: name, desiredCount }));
  const fault = (...rule: Parameters<typeof world.fault>) => ended.push(world.fault(...rule));

  const NONE = { api: 0, worker: 0, resting: 0, blue: 0 };
  const AS_BEFORE = { api: 2, worker: 1, resting: 0, blue: 1 };
  const SCALES = {
    DynamicScalingInSuspended: false,
    DynamicScalingOutSuspended: false,
    ScheduledScalingSuspended: true,
  };
  const STANDS = {
    DynamicScalingInSuspended: true,
    DynamicScalingOutSuspended: true,
    ScheduledScalingSuspended: true,
  };

  it('starts nothing that it did not stop', async () => {
    const began = await world.beginRun('run-0');
    expect(await start(began)).toEqual({ services: [] });
    expect(await start(began, { undo: true })).toEqual({ services: [] });
    expect(await readRecord('run-0')).toMatchObject({ acted: false });
    expect(await counts()).toEqual(AS_BEFORE);
  });

  it('stops none when one cannot be stopped', async () => {
    const began = await world.beginRun('run-gone');
    await declare('gone');
    await expect(stop(began, { target: target(['api', 'gone']) })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('ECS has no active service "gone" (main/gone)'),
    });
    const revisions = { blue: definition };
    await expect(stop(began, { plan: planOf({ revisions }) })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringContaining('is deployed by CODE_DEPLOY'),
    });
    expect(await counts()).toEqual(AS_BEFORE);
  });

  it('stops none with the switch off', async () => {
    const began = await world.beginRun('run-off');
    await world.turnSwitch('off');
    await expect(stop(began)).rejects.toMatchObject({ name: 'Refused' });
    await world.turnSwitch('on');
    expect(await counts()).toEqual(AS_BEFORE);
    expect(await readStopped({ cluster: 'main', service: 'api' })).toBeUndefined();
  });

  it('remembers the counts before it stops anything, though it is throttled and dies in the middle', async () => {
    const began = await world.beginRun('run-1');
    // The first service is stopped, with an answer that never comes; then nothing works.
    fault('ecs:UpdateService', 'timeout-after', [1]);
    fault('ecs:UpdateService', 'throttle', [3, 4, 5]);
    await expect(stop(began)).rejects.toMatchObject({ name: 'Transient' });
    expect(await counts()).toMatchObject({ api: 0, worker: 1 });
    expect(await suspended('worker')).toEqual(STANDS);
    for (const end of ended.splice(0)) end();
    const stopped = await stop(began);
    expect(stopped).toEqual({
      services: ['api', 'worker', 'resting', 'blue'].map((name) => ({
        name,
        cluster: 'main',
        service: name,
        running: 0,
        taskDefinition: null,
      })),
    });
    expect(await counts()).toEqual(NONE);
    expect(await stop(began)).toEqual(stopped);
    expect(await readStopped({ cluster: 'main', service: 'api' })).toMatchObject({
      desiredCount: 2,
      run: 'run-1',
    });
    // To suspend it would have started a task.
    expect(await suspended('resting')).toEqual(SCALES);
  });

  it('takes over what a dead run has stopped, and gives it back', async () => {
    const began = await world.beginRun('run-2');
    await stop(began);
    expect(await readStopped({ cluster: 'main', service: 'worker' })).toMatchObject({
      desiredCount: 1,
      run: 'run-2',
      suspension: { scaleIn: false, scaleOut: false, scheduled: true },
    });
    const before = await primaryOf('api');
    const started = await start(began);
    expect(await counts()).toEqual(AS_BEFORE);
    expect(await suspended('worker')).toEqual(SCALES);
    expect(await suspended('resting')).toEqual(SCALES);
    expect(started).toMatchObject({
      services: [
        { name: 'api', running: 2, taskDefinition: definition },
        { name: 'worker', running: 1, taskDefinition: definition },
        { name: 'resting', running: 0 },
        { name: 'blue', running: 1, taskDefinition: null },
      ],
    });
    const after = await primaryOf('api');
    expect(after?.id).not.toBe(before?.id);
    // Lambda runs it again, and has forgotten the first time.
    expect(await start(began)).toEqual(started);
    await writeAction('run-2', {
      step: 'start-consumers',
      status: 'intended',
      call: '',
      at: new Date((after?.createdAt?.getTime() ?? 0) - 1).toISOString(),
    });
    expect(await start(began)).toEqual(started);
    expect((await primaryOf('api'))?.id).toBe(after?.id);
  });

  it('starts what it stopped with another revision, and goes back to the first when the database is back', async () => {
    const began = await world.beginRun('run-3', 'recover-migration');
    const good = await register();
    const plan = planOf({ revisions: { api: good } });
    await stop(began, { plan });
    expect(await start(began, { plan })).toMatchObject({
      services: [{ name: 'api', taskDefinition: good }, {}, {}, {}],
    });
    expect((await primaryOf('api'))?.taskDefinition).toBe(good);
    // Nothing was renamed back, so the database still is the one that this revision is for.
    expect(await start(began, { plan, undo: true })).toEqual({ services: [] });
    await writeAction('run-3', { step: 'rename-restored-beside', status: 'done', call: '', at: '' });
    await writeAction('run-3', {
      step: 'restart-consumers',
      status: 'intended',
      call: '',
      at: new Date(Date.now() + 1000).toISOString(),
    });
    await world.turnSwitch('off');
    expect(await start(began, { plan, undo: true })).toMatchObject({
      services: [
        { name: 'api', running: 2, taskDefinition: definition },
        { name: 'worker' },
        { name: 'resting', running: 0 },
        { name: 'blue' },
      ],
    });
    await world.turnSwitch('on');
    expect((await primaryOf('api'))?.taskDefinition).toBe(definition);
    expect(await counts()).toEqual(AS_BEFORE);
  });

  it('goes on starting the others when one is gone or fails', async () => {
    const began = await world.beginRun('run-4');
    await stop(began);
    fault('ecs:UpdateService', 'error:ServerException', [1]);
    await expect(start(began, { undo: true })).rejects.toMatchObject({ name: 'Transient' });
    expect(await counts()).toEqual({ ...AS_BEFORE, api: 0 });
    expect(await start(began, { undo: true, target: target(['gone', 'api', 'worker']) })).toMatchObject({
      services: [{ name: 'api', running: 2 }],
    });
    expect(await counts()).toEqual(AS_BEFORE);
  });

  it('fails the consumers that do not answer or were left without tasks, and lets those rest that rested', async () => {
    const began = await world.beginRun('run-5');
    await vi.waitFor(async () => expect((await counts()).api).toBe(2));
    await stop(began);
    await setCount('blue', 1);
    const evidence = Evidence.parse(await probeConsumers({ run: began.run, target: target() }, CONTEXT));
    expect(evidence).toMatchObject({ passed: false });
    expect(
      Object.fromEntries(evidence.checks.map(({ name, passed, measured }) => [name, [passed, measured]])),
    ).toEqual({
      'api tasks': [false, 'none; 2 when it was stopped'],
      'worker tasks': [false, 'none; 1 when it was stopped'],
      'resting tasks': [true, 'none, as before'],
      'blue liveness': [false, expect.stringContaining('could not be reached')],
      'blue readiness': [false, expect.stringContaining('could not be reached')],
    });
  });
});
