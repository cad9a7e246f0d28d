import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as checkWayBack } from '../../../functions/ecs/check-way-back.ts';
import { recordGoodRevision } from '../../../functions/ecs/good-revisions.ts';
import { handler as inspectConsumers } from '../../../functions/ecs/inspect-consumers.ts';
import { taskRequest } from '../../../functions/ecs/migration-task.ts';
import { InspectedConsumers, StartedTask } from '../../../functions/ecs/recovery-state.ts';
import { notStarted, handler as runMigrationDown } from '../../../functions/ecs/run-migration-down.ts';
import { writeStopped } from '../../../functions/ecs/stopped-service.ts';
import { createApplicationAutoScalingService } from '../../../sandbox/services/application-auto-scaling/application-auto-scaling-service.ts';
import { createEcsService } from '../../../sandbox/services/ecs/ecs-service.ts';
import { REVERSIBLE_MIGRATIONS_TAG, SUPPORTED_MIGRATIONS_TAG } from '../../../schemas/names.ts';
import { CONTEXT, planOf, startActing } from '../../support/acting-run.ts';
import { createTable } from '../../support/point-functions.ts';

/** One service on one day: each test goes on where the last one ended. */
describe('taking a migration back', { timeout: 60_000 }, () => {
  let world: Awaited<ReturnType<typeof startActing>>;
  let ecs: ECSClient;
  let good: string;
  let bad: string;
  const ended: Array<() => void> = [];

  beforeAll(async () => {
    world = await startActing([createEcsService, createApplicationAutoScalingService]);
    await createTable(world, 'NIGHTSHIFT_HISTORY_TABLE', ['service', 'revision']);
    world.machine.images.set('app', { digest: 'sha256:app', command: ['node'] });
    ecs = new ECSClient(world.client);
    await world.create('AWS::ECS::Cluster', { ClusterName: 'main' }, 'Cluster');
    good = await register({ [SUPPORTED_MIGRATIONS_TAG]: 'one' });
    bad = await register({ [SUPPORTED_MIGRATIONS_TAG]: 'one two', [REVERSIBLE_MIGRATIONS_TAG]: 'two' });
    await world.create(
      'AWS::ECS::Service',
      {
        ServiceName: 'api',
        Cluster: 'main',
        TaskDefinition: bad,
        DesiredCount: 1,
        NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1'], SecurityGroups: ['sg-1'] } },
      },
      'api',
    );
    await world.parameter(
      '/nightshift/nightshift/targets/service/api',
      JSON.stringify({
        kind: 'service',
        name: 'api',
        environment: 'production',
        cluster: 'main',
        service: 'api',
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
      }),
    );
    await recordGoodRevision({
      service: 'main/api',
      revision: good,
      goodAt: new Date().toISOString(),
      deploymentId: 'd',
      imageDigests: {},
    });
  });
  afterEach(() => {
    for (const end of ended.splice(0)) end();
  });
  afterAll(async () => {
    ecs?.destroy();
    await world?.stop();
  });

  async function register(tags: Record<string, string>): Promise<string> {
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'api',
        networkMode: 'awsvpc',
        containerDefinitions: [
          { name: 'app', image: 'app', essential: true, command: ['-e', 'setInterval(() => {}, 1000)'] },
        ],
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      }),
    );
    return taskDefinition?.taskDefinitionArn as string;
  }
  const command = ['-e', 'setTimeout(() => {}, 600)'];
  const target = {
    kind: 'database',
    name: 'main',
    instance: 'shop',
    host: '127.0.0.1',
    port: 1,
    database: 'postgres',
    secretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:login-AbCdEf',
    migrations: 'alembic',
    consumers: ['api'],
    restore: {
      timeoutSeconds: 7200,
      acceptableLossSeconds: 3600,
      drillDays: 100,
      migrateDown: { service: 'api', container: 'app', command },
    },
  };
  const plan = (change: object = {}) =>
    planOf({
      revisions: { api: good },
      migrationHeads: ['two'],
      migrateDown: {
        service: 'api',
        cluster: 'main',
        ecsService: 'api',
        taskDefinition: bad,
        container: 'app',
        command,
        ...change,
      },
    });
  type Began = Awaited<ReturnType<typeof world.beginRun>>;
  const run = async (began: Began, change?: object) =>
    StartedTask.parse(await runMigrationDown({ ...began, target, plan: plan(change) }, CONTEXT));
  const wayBack = (began: Began) => checkWayBack({ ...began, target, plan: plan() }, CONTEXT);
  const tasksOf = async (began: Began) => {
    const list = async (desiredStatus: 'RUNNING' | 'STOPPED') =>
      (await ecs.send(new ListTasksCommand({ cluster: 'main', family: 'api', desiredStatus }))).taskArns ??
      [];
    const arns = [...(await list('RUNNING')), ...(await list('STOPPED'))];
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: 'main', tasks: arns }));
    return tasks.filter(({ startedBy }) => startedBy === began.run.id.slice(0, 36));
  };

  it('finds what runs, what was good, and what both declare', async () => {
    const began = await world.beginRun('run-look');
    const [api] = InspectedConsumers.parse(await inspectConsumers({ ...began, target }, CONTEXT));
    expect(api).toMatchObject({
      name: 'api',
      controller: 'ECS',
      basis: 'history',
      running: { taskDefinition: bad, supports: ['one', 'two'], reversible: ['two'], containers: ['app'] },
      lastGood: { taskDefinition: good, supports: ['one'], reversible: [], unusable: null },
      released: [],
    });
  });

  it('starts the services as they were where the command was never run', async () => {
    expect(await wayBack(await world.beginRun('run-never'))).toMatchObject({
      why: expect.stringContaining('was never run'),
    });
  });

  it('starts nothing with the switch off', async () => {
    const began = await world.beginRun('run-off');
    await world.turnSwitch('off');
    await expect(run(began)).rejects.toMatchObject({ name: 'Refused' });
    await world.turnSwitch('on');
    expect(await tasksOf(began)).toEqual([]);
  });

  it('starts one task, though it is called again and the answer to the first call never came', async () => {
    const began = await world.beginRun('run-with-an-id-that-is-longer-than-thirty-six');
    ended.push(world.fault('ecs:RunTask', 'timeout-after', [1]));
    const [first, second] = [await run(began), await run(began)];
    expect(second).toEqual(first);
    const tasks = await tasksOf(began);
    expect(tasks.map(({ taskArn }) => taskArn)).toEqual([first.taskArn]);
    expect(tasks[0]).toMatchObject({
      taskDefinitionArn: bad,
      overrides: { containerOverrides: [{ name: 'app', command }] },
    });
    // It is still at work: whoever writes must wait.
    await expect(wayBack(began)).rejects.toMatchObject({
      name: 'NeedsHuman',
      message: expect.stringContaining('is still at work'),
    });
    await vi.waitFor(async () => expect((await tasksOf(began))[0]?.lastStatus).toBe('STOPPED'), {
      timeout: 15_000,
    });
    await writeStopped({
      cluster: 'main',
      service: 'api',
      database: 'main',
      run: began.run.id,
      at: new Date().toISOString(),
      desiredCount: 3,
      taskDefinition: bad,
      suspension: null,
    });
    // Nobody can say where the database stands.
    await expect(wayBack(began)).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining(
        `aws ecs update-service --cluster main --service api --desired-count 3 --task-definition ${good.split('/').at(-1)}`,
      ),
    });
  });

  it('says what ECS refuses, and that the schema is as it was', async () => {
    await expect(run(await world.beginRun('run-bad'), { container: 'other' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      message: expect.stringMatching(/not a container in the TaskDefinition.*the schema is as it was/),
    });
  });
});

describe('the task', () => {
  const down = {
    service: 'api',
    cluster: 'main',
    ecsService: 'api',
    taskDefinition: 'api:3',
    container: 'app',
    command: ['down'],
  };
  it('is placed as the service is', () => {
    const strategy = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
    expect(
      taskRequest(down, { capacityProviderStrategy: strategy, platformVersion: '1.4.0' }, 'run'),
    ).toMatchObject({
      capacityProviderStrategy: strategy,
      platformVersion: '1.4.0',
      startedBy: 'run',
    });
    expect(taskRequest(down, { launchType: 'EC2' }, 'run')).not.toHaveProperty('capacityProviderStrategy');
    expect(taskRequest(down, {}, 'run')).not.toHaveProperty('launchType');
  });
  it('has a token of its run alone', () => {
    const token = (run: string) => taskRequest(down, {}, run).clientToken ?? '';
    expect(token('one')).toBe(token('one'));
    expect(token('one')).not.toBe(token('other'));
    expect(token('x'.repeat(80))).toMatch(/^[0-9a-f]{64}$/);
  });
  it.each([
    [[{ reason: 'RESOURCE:MEMORY' }], 'Transient'],
    [[{ reason: 'Capacity is unavailable at this time. Please try again later' }], 'Transient'],
    [[], 'Transient'],
    [[{ reason: 'ATTRIBUTE', detail: 'missing' }], 'PreconditionFailed'],
    [[{ reason: 'MISSING' }], 'PreconditionFailed'],
  ])('that was not started for %j is %s', (failures, name) => {
    expect(notStarted('the command', failures).name).toBe(name);
  });
});
