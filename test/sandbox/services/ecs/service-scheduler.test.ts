import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClock } from '../../../../sandbox/clock.ts';
import type { BusEvent, Machine, RegisteredTarget } from '../../../../sandbox/contract.ts';
import type { EcsService } from '../../../../sandbox/services/ecs/ecs-model.ts';
import { ServiceScheduler } from '../../../../sandbox/services/ecs/service-scheduler.ts';
import type { TaskDefinition } from '../../../../sandbox/services/ecs/task-definitions.ts';

const SECOND = 1000;
const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/main';
const SERVICE = 'arn:aws:ecs:us-east-1:123456789012:service/main/api';

// No process is started, so that no port is needed; a real one would not wait for the timers of the test.
vi.mock('../../../../sandbox/free-port.ts', () => ({
  freePort: async () => 8080,
  untilListening: async () => {},
}));

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A process that ends when it is told to. */
class Process extends EventEmitter {
  exitCode: number | null = null;
  readonly signalCode = null;
  kill(): boolean {
    this.exit(143);
    return true;
  }
  exit(code: number): void {
    this.exitCode = code;
    this.emit('exit', code, null);
  }
}

const definition = (revision: number, image: string): TaskDefinition => ({
  arn: `arn:aws:ecs:us-east-1:123456789012:task-definition/api:${revision}`,
  family: 'api',
  revision,
  status: 'ACTIVE',
  definition: {
    containerDefinitions: [{ name: 'api', image, essential: true, environment: [], secrets: [] }],
  },
  tags: [],
  registeredAt: 0,
});
const GOOD = definition(1, 'good');
const BETTER = definition(2, 'better');
const BAD = definition(3, 'bad');

/** A scheduler with one service; `good` and `better` are images that run, others cannot be pulled. */
function start(options: Partial<EcsService> = {}) {
  const clock = createClock(1);
  const events: BusEvent[] = [];
  const processes: Process[] = [];
  const images = new Map(
    ['good', 'better'].map((name) => [name, { digest: `sha256:${name}`, command: ['node', 'main.ts'] }]),
  );
  /** What a load balancer says of the targets that are registered from now on. */
  const balancer: { health: ReturnType<RegisteredTarget['health']> } = { health: 'healthy' };
  const service: EcsService = {
    name: 'api',
    arn: SERVICE,
    clusterArn: CLUSTER,
    clusterName: 'main',
    controller: 'ECS',
    createdAt: clock.now(),
    targetGroups: [],
    graceSeconds: 0,
    tags: [],
    desiredCount: 2,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    circuitBreaker: { enable: true, rollback: true },
    deployments: [],
    serviceDeployments: [],
    revisions: [],
    tasks: [],
    events: [],
    steady: false,
    ...options,
  };
  const machine = {
    clock,
    images,
    region: 'us-east-1',
    endpoint: '',
    directory: '/',
    certificateAuthority: { file: '' },
    arn: (name: string, rest: string) => `arn:aws:${name}:us-east-1:123456789012:${rest}`,
    processes: {
      spawn() {
        const child = new Process();
        processes.push(child);
        return child;
      },
    },
    engines: {
      putEvent: (event: BusEvent) => void events.push(event),
      registerTarget() {
        const { health } = balancer;
        return { health: () => health, deregister: async () => {} };
      },
    },
  } as unknown as Machine;
  const scheduler = new ServiceScheduler(machine, () => [service]);
  return {
    service,
    scheduler,
    events,
    processes,
    images,
    balancer,
    /** Details of the events of this type, the oldest first. */
    details: (detailType: string) =>
      events.filter((event) => event.detailType === detailType).map(({ detail }) => detail),
    deploy: (wanted: TaskDefinition) => scheduler.deploy(service, wanted).id,
    pass: (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds),
    live: () => service.tasks.filter(({ isStopped }) => !isStopped),
  };
}

/** A service that runs {@link GOOD} and is steady; its events so far are forgotten. */
async function startSteady(options: Partial<EcsService> = {}) {
  const stage = start(options);
  stage.deploy(GOOD);
  await stage.pass(10 * SECOND);
  expect(stage.service.steady).toBe(true);
  stage.events.length = 0;
  return stage;
}

describe('a deployment', () => {
  test('is announced, completed and then steady, in the words of ECS', async () => {
    const { deploy, pass, events } = start();
    const id = deploy(GOOD);
    await pass(10 * SECOND);
    const when = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(events.filter(({ detailType }) => detailType !== 'ECS Task State Change')).toEqual([
      {
        source: 'aws.ecs',
        detailType: 'ECS Deployment State Change',
        resources: [SERVICE],
        detail: {
          eventType: 'INFO',
          eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
          deploymentId: id,
          updatedAt: when,
          reason: `ECS deployment ${id} in progress.`,
        },
      },
      {
        source: 'aws.ecs',
        detailType: 'ECS Deployment State Change',
        resources: [SERVICE],
        detail: {
          eventType: 'INFO',
          eventName: 'SERVICE_DEPLOYMENT_COMPLETED',
          deploymentId: id,
          updatedAt: when,
          reason: `ECS deployment ${id} completed.`,
        },
      },
      {
        source: 'aws.ecs',
        detailType: 'ECS Service Action',
        resources: [SERVICE],
        detail: {
          eventType: 'INFO',
          eventName: 'SERVICE_STEADY_STATE',
          clusterArn: CLUSTER,
          createdAt: when,
        },
      },
    ]);
  });

  test('shows what its tasks are and what they are to be', async () => {
    const { deploy, pass, details } = await startSteady({ desiredCount: 1 });
    const id = deploy(BETTER);
    await pass(60 * SECOND);
    const states = (revision: TaskDefinition) =>
      details('ECS Task State Change')
        .filter(({ taskDefinitionArn }) => taskDefinitionArn === revision.arn)
        .map(({ lastStatus, desiredStatus, stopCode }) => [lastStatus, desiredStatus, stopCode]);
    expect(states(BETTER)).toEqual([
      ['PENDING', 'RUNNING', undefined],
      ['RUNNING', 'RUNNING', undefined],
    ]);
    expect(states(GOOD)).toEqual([
      ['DEACTIVATING', 'STOPPED', undefined],
      ['STOPPING', 'STOPPED', undefined],
      ['STOPPED', 'STOPPED', 'ServiceSchedulerInitiated'],
    ]);
    expect(details('ECS Task State Change')[0]).toMatchObject({
      clusterArn: CLUSTER,
      group: 'service:api',
      startedBy: id,
      taskArn: expect.stringMatching(/:task\/main\/[0-9a-f]{32}$/),
    });
  });

  test('leaves one deployment when it is done, and its history', async () => {
    const { deploy, pass, service } = await startSteady();
    const id = deploy(BETTER);
    expect(service.deployments.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE']);
    await pass(60 * SECOND);
    expect(service.deployments.map((one) => [one.id, one.status, one.rolloutState])).toEqual([
      [id, 'PRIMARY', 'COMPLETED'],
    ]);
    expect(service.serviceDeployments.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL']);
    expect(service.serviceDeployments[0]?.sourceRevisions).toEqual([service.revisions[1]?.arn]);
  });

  test('that another one overtakes is stopped', async () => {
    const { deploy, pass, service } = await startSteady();
    deploy(BAD);
    const id = deploy(BETTER);
    await pass(60 * SECOND);
    expect(service.serviceDeployments.map(({ status }) => status)).toEqual([
      'SUCCESSFUL',
      'STOPPED',
      'SUCCESSFUL',
    ]);
    expect(service.deployments.map((one) => one.id)).toEqual([id]);
  });

  test('keeps between the minimum and the maximum at every moment', async () => {
    const options = fc.record({
      desiredCount: fc.integer({ min: 1, max: 6 }),
      minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
      maximumPercent: fc.integer({ min: 100, max: 200 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async (configuration) => {
        const { desiredCount, minimumHealthyPercent, maximumPercent } = configuration;
        const { deploy, pass, service, scheduler } = await startSteady(configuration);
        const lower = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
        const upper = Math.floor((desiredCount * maximumPercent) / 100);
        deploy(BETTER);
        for (let moment = 0; moment < 400; moment += 1) {
          await pass(SECOND / 10);
          const count = (...statuses: string[]) =>
            service.tasks.filter(({ status }) => statuses.includes(status)).length;
          expect(count('RUNNING')).toBeGreaterThanOrEqual(lower);
          expect(count('PROVISIONING', 'PENDING', 'RUNNING')).toBeLessThanOrEqual(upper);
        }
        expect(service.steady).toBe(upper > lower);
        scheduler.close();
      }),
      { numRuns: 20 },
    );
  });

  /** One task that never became healthy, and a newer one that did. */
  async function startHalfHealthy(options: Partial<EcsService> = {}) {
    const targetGroups = [{ targetGroupArn: 'arn', containerName: 'api', containerPort: 80 }];
    const stage = start({ desiredCount: 1, targetGroups, ...options });
    stage.balancer.health = 'initial';
    stage.deploy(GOOD);
    await stage.pass(10 * SECOND);
    stage.balancer.health = 'healthy';
    stage.service.desiredCount = 2;
    await stage.pass(10 * SECOND);
    const [healthy, unhealthy] = stage.live();
    expect([healthy?.target?.health(), unhealthy?.target?.health()]).toEqual(['healthy', 'initial']);
    return { ...stage, healthy, unhealthy };
  }

  test('to fewer tasks stops those that are not healthy', async () => {
    const { healthy, live, pass, service } = await startHalfHealthy();
    service.desiredCount = 1;
    await pass(10 * SECOND);
    expect(live()).toEqual([healthy]);
  });

  test('that must make room stops old tasks that are not healthy', async () => {
    const { deploy, healthy, pass, unhealthy } = await startHalfHealthy({
      minimumHealthyPercent: 50,
      maximumPercent: 100,
    });
    deploy(BETTER);
    await pass(SECOND);
    expect([healthy?.status, unhealthy?.status]).toEqual(['RUNNING', 'STOPPED']);
  });
});

describe('a service whose tasks do not start', () => {
  test.each([
    [1, 3],
    [6, 3],
    [7, 4],
  ])('of %d tasks fails its deployment after %d failures', async (desiredCount, threshold) => {
    // One task more than now may run, so that they fail one after the other.
    const maximumPercent = Math.ceil(((desiredCount + 1) / desiredCount) * 100);
    const { deploy, details, pass, service } = await startSteady({ desiredCount, maximumPercent });
    const id = deploy(BAD);
    const failed = () =>
      details('ECS Deployment State Change').filter(
        ({ eventName }) => eventName === 'SERVICE_DEPLOYMENT_FAILED',
      );
    const failures = () => service.tasks.filter(({ stopCode }) => stopCode === 'TaskFailedToStart').length;
    while (failures() < threshold - 1) await pass(SECOND / 10);
    expect(failed()).toEqual([]);
    while (failures() < threshold) await pass(SECOND / 10);
    expect(failed()).toEqual([
      {
        eventType: 'ERROR',
        eventName: 'SERVICE_DEPLOYMENT_FAILED',
        deploymentId: id,
        updatedAt: expect.any(String),
        reason: 'ECS deployment circuit breaker: tasks failed to start.',
      },
    ]);
  });

  test('goes back to the last deployment that was completed', async () => {
    const { deploy, details, pass, service } = await startSteady();
    const good = service.deployments[0]?.id;
    const bad = deploy(BAD);
    await pass(120 * SECOND);
    const [deployment] = service.deployments;
    expect(deployment?.taskDefinition).toBe(GOOD);
    expect(
      details('ECS Deployment State Change').map(({ eventName, deploymentId, reason }) => [
        eventName,
        deploymentId,
        reason,
      ]),
    ).toEqual([
      ['SERVICE_DEPLOYMENT_IN_PROGRESS', bad, `ECS deployment ${bad} in progress.`],
      ['SERVICE_DEPLOYMENT_FAILED', bad, 'ECS deployment circuit breaker: tasks failed to start.'],
      [
        'SERVICE_DEPLOYMENT_IN_PROGRESS',
        deployment?.id,
        `ECS deployment circuit breaker: rolling back to deploymentId ${good}.`,
      ],
      ['SERVICE_DEPLOYMENT_COMPLETED', deployment?.id, `ECS deployment ${deployment?.id} completed.`],
    ]);
    expect(service.serviceDeployments.map(({ status }) => status)).toEqual([
      'ROLLBACK_SUCCESSFUL',
      'SUCCESSFUL',
    ]);
  });

  test('serves on with its minimum of healthy tasks meanwhile', async () => {
    const { deploy, live, pass } = await startSteady();
    deploy(BAD);
    for (let second = 0; second < 60; second += 1) {
      await pass(SECOND);
      const running = live().filter((task) => task.status === 'RUNNING' && task.definition === GOOD);
      expect(running.length).toBeGreaterThanOrEqual(2);
    }
  });

  test('stops trying when its circuit breaker does not roll back', async () => {
    const { deploy, pass, service } = await startSteady({
      circuitBreaker: { enable: true, rollback: false },
    });
    const id = deploy(BAD);
    await pass(600 * SECOND);
    const failures = service.deployments[0]?.failedTasks;
    await pass(600 * SECOND);
    expect(service.deployments[0]).toMatchObject({ id, rolloutState: 'FAILED', failedTasks: failures });
    expect(service.serviceDeployments[0]).toMatchObject({ status: 'STOPPED' });
  });

  test('tries on without a circuit breaker, ever more slowly, and says once that it is impaired', async () => {
    const { deploy, details, pass, service } = await startSteady({
      desiredCount: 1,
      circuitBreaker: { enable: false, rollback: false },
    });
    deploy(BAD);
    await pass(600 * SECOND);
    expect(service.deployments[0]?.rolloutState).toBe('IN_PROGRESS');
    const starts = service.tasks
      .filter((task) => task.definition === BAD)
      .map(({ createdAt }) => createdAt)
      .toReversed();
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] as number));
    expect(pauses[0]).toBeLessThan(5 * SECOND);
    expect(pauses.at(-1)).toBeGreaterThan(60 * SECOND);
    expect(pauses).toEqual(pauses.toSorted((left, right) => left - right));
    expect(details('ECS Service Action').map(({ eventName, eventType }) => [eventName, eventType])).toEqual([
      ['SERVICE_TASK_START_IMPAIRED', 'WARN'],
    ]);
  });

  test('forgets its failures once a task runs', async () => {
    const { deploy, images, pass, service } = await startSteady({ desiredCount: 1 });
    deploy(BAD);
    while ((service.deployments[0]?.failedTasks ?? 0) < 2) await pass(SECOND / 10);
    images.set('bad', { digest: 'sha256:bad', command: ['node'] });
    await pass(60 * SECOND);
    expect(service.deployments).toMatchObject([{ rolloutState: 'COMPLETED', failedTasks: 0 }]);
  });
});

describe('a task that ends by itself', () => {
  test('is replaced, and the service steady again', async () => {
    const { details, live, pass, processes } = await startSteady();
    processes[0]?.exit(1);
    await pass(10 * SECOND);
    expect(live().map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING']);
    expect(details('ECS Task State Change')[0]).toMatchObject({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    expect(details('ECS Service Action').map(({ eventName }) => eventName)).toEqual(['SERVICE_STEADY_STATE']);
    expect(details('ECS Deployment State Change')).toEqual([]);
  });
});

describe('a service behind a load balancer', () => {
  const targetGroups = [{ targetGroupArn: 'arn', containerName: 'api', containerPort: 80 }];

  test('waits for healthy targets before it lets old tasks go', async () => {
    const { balancer, deploy, live, pass, service } = await startSteady({ targetGroups });
    balancer.health = 'initial';
    deploy(BETTER);
    await pass(120 * SECOND);
    expect(live().map((task) => [task.definition.revision, task.status])).toEqual([
      [2, 'RUNNING'],
      [2, 'RUNNING'],
      [1, 'RUNNING'],
      [1, 'RUNNING'],
    ]);
    expect(service.deployments[0]?.rolloutState).toBe('IN_PROGRESS');
  });

  test('counts targets that are unhealthy after the grace period as failures, and goes back', async () => {
    const { balancer, deploy, details, pass, service } = await startSteady({
      targetGroups,
      graceSeconds: 30,
    });
    balancer.health = 'unhealthy';
    deploy(BETTER);
    await pass(30 * SECOND);
    expect(service.deployments[0]?.failedTasks).toBe(0);
    while (service.deployments[0]?.taskDefinition === BETTER) await pass(SECOND);
    balancer.health = 'healthy';
    await pass(60 * SECOND);
    expect(service.deployments).toMatchObject([{ taskDefinition: GOOD, rolloutState: 'COMPLETED' }]);
    expect(details('ECS Task State Change')).toContainEqual(
      expect.objectContaining({
        taskDefinitionArn: BETTER.arn,
        stopCode: 'ServiceHealthCheckFailed',
        stoppedReason: 'Task failed ELB health checks',
      }),
    );
  });
});
