import * as sdk from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BusEvent, Machine } from '../../../../sandbox/contract.ts';
import { createEcsService } from '../../../../sandbox/services/ecs/ecs-service.ts';
import { errorName, startServices } from '../start-services.ts';

/** Sandbox seconds per second: the states before RUNNING pass in a moment. */
const SPEED = 50;
const HOUR_MILLISECONDS = 3_600_000;
const ARN = 'arn:aws:ecs:us-east-1:123456789012';
const CLUSTER = `${ARN}:cluster/demo`;
const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] } };
const TAG = { key: 'team', value: 'shop' };

let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.ECSClient;
let executionRole: string;
let taskRole: string;
const events: BusEvent[] = [];
const lines: Array<{ group: string; stream: string; line: string }> = [];
beforeAll(async () => {
  const neighbours = (machine: Machine) => {
    machine.engines.putEvent = (event) => void events.push(event);
    machine.engines.putLog = (group, stream, line) => void lines.push({ group, stream, line });
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  services = await startServices([neighbours, createEcsService], { speed: SPEED });
  client = new sdk.ECSClient(services.client);
  services.machine.images.set('tool', { digest: 'sha256:tool', command: ['node'], environment: { A: '1' } });
  await services.create('AWS::ECS::Cluster', { ClusterName: 'demo' }, 'Demo');
  await services.create('AWS::ECS::Cluster', { ClusterName: 'other' }, 'Other');
  const role = async (name: string) => {
    const trust = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
    };
    const created = await services.create(
      'AWS::IAM::Role',
      { RoleName: name, AssumeRolePolicyDocument: { Statement: trust } },
      name,
    );
    return created.attributes?.Arn as string;
  };
  executionRole = await role('execution');
  taskRole = await role('task');
  await define('migrate', 'tool');
  await define('missing', 'no-such-image');
});
afterAll(async () => {
  client.destroy();
  await services.close();
});

const define = (family: string, image: string) =>
  services.create(
    'AWS::ECS::TaskDefinition',
    {
      Family: family,
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
      Cpu: '256',
      Memory: '512',
      ExecutionRoleArn: executionRole,
      TaskRoleArn: taskRole,
      ContainerDefinitions: [
        {
          Name: 'main',
          Image: image,
          Essential: true,
          Environment: [
            { Name: 'A', Value: '2' },
            { Name: 'B', Value: '2' },
          ],
          LogConfiguration: {
            LogDriver: 'awslogs',
            Options: { 'awslogs-group': '/demo/tool', 'awslogs-stream-prefix': 'tool' },
          },
        },
      ],
      Tags: [{ Key: 'team', Value: 'shop' }],
    },
    family,
  );
const command = (script: string, environment: sdk.KeyValuePair[] = []): sdk.TaskOverride => ({
  containerOverrides: [{ name: 'main', command: ['-e', script], environment }],
});
const run = async (input: Partial<sdk.RunTaskCommandInput> = {}, by = client) => {
  const { tasks } = await by.send(
    new sdk.RunTaskCommand({
      cluster: 'demo',
      taskDefinition: 'migrate',
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      overrides: command('process.exit(0)'),
      ...input,
    }),
  );
  return tasks as [sdk.Task, ...sdk.Task[]];
};
const look = async (arn: string | undefined, by = client) => {
  const { tasks } = await by.send(
    new sdk.DescribeTasksCommand({ cluster: 'demo', tasks: [arn as string], include: ['TAGS'] }),
  );
  return tasks?.[0] as sdk.Task;
};
const until = async (arn: string | undefined, status: string) => {
  await vi.waitFor(async () => expect((await look(arn)).lastStatus).toBe(status), { timeout: 10_000 });
  return look(arn);
};
const told = (arn: string | undefined) =>
  events.filter(({ resources }) => resources?.[0] === arn).map(({ detail }) => detail);
const linesOf = (arn: string | undefined) => {
  const id = arn?.split('/').at(-1);
  return lines.filter(({ stream }) => stream === `tool/main/${id}`);
};

describe('a single task', () => {
  test('runs to its end, and says so with its exit code', async () => {
    const script = 'console.log(process.env.A, process.env.B, process.env.C); process.exit(3)';
    const [begun] = await run({
      overrides: command(script, [
        { name: 'B', value: '3' },
        { name: 'C', value: '4' },
      ]),
      startedBy: 'run-1',
      propagateTags: 'TASK_DEFINITION',
    });
    expect(begun).toMatchObject({
      taskArn: expect.stringMatching(/:task\/demo\/[0-9a-f]{32}$/),
      clusterArn: CLUSTER,
      taskDefinitionArn: `${ARN}:task-definition/migrate:1`,
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      launchType: 'FARGATE',
      group: 'family:migrate',
      startedBy: 'run-1',
      cpu: '256',
      memory: '512',
      tags: [TAG],
      attachments: [
        {
          type: 'ElasticNetworkInterface',
          status: 'PRECREATED',
          details: [{ name: 'subnetId', value: 'subnet-1' }],
        },
      ],
    });
    const ended = await until(begun.taskArn, 'STOPPED');
    expect(ended).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'main', lastStatus: 'STOPPED', exitCode: 3, imageDigest: 'sha256:tool' }],
      tags: [TAG],
    });
    const times = [ended.createdAt, ended.startedAt, ended.stoppingAt, ended.stoppedAt].map(Number);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
    await vi.waitFor(() =>
      expect(linesOf(begun.taskArn)).toMatchObject([{ group: '/demo/tool', line: '2 3 4' }]),
    );
  });

  test('tells of every state', async () => {
    const [{ taskArn }] = await run({ startedBy: 'run-2' });
    await until(taskArn, 'STOPPED');
    const details = told(taskArn);
    expect(
      details.map(({ lastStatus, desiredStatus, version }) => [lastStatus, desiredStatus, version]),
    ).toEqual([
      ['PROVISIONING', 'RUNNING', 1],
      ['PENDING', 'RUNNING', 2],
      ['RUNNING', 'RUNNING', 3],
      ['DEPROVISIONING', 'STOPPED', 4],
      ['STOPPED', 'STOPPED', 5],
    ]);
    expect(events.find(({ resources }) => resources?.[0] === taskArn)).toMatchObject({
      source: 'aws.ecs',
      detailType: 'ECS Task State Change',
    });
    expect(details.at(-1)).toMatchObject({
      taskArn,
      clusterArn: CLUSTER,
      taskDefinitionArn: `${ARN}:task-definition/migrate:1`,
      group: 'family:migrate',
      startedBy: 'run-2',
      launchType: 'FARGATE',
      stopCode: 'EssentialContainerExited',
      stoppedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      attachments: [{ type: 'eni', status: 'DELETED' }],
      containers: [{ name: 'main', exitCode: 0, lastStatus: 'STOPPED', taskArn }],
      overrides: { containerOverrides: [{ name: 'main', command: ['-e', 'process.exit(0)'] }] },
    });
    expect(details[2]).not.toHaveProperty('stopCode');
  });

  test('whose image is not there fails to start', async () => {
    const [{ taskArn }] = await run({ taskDefinition: 'missing' });
    const ended = await until(taskArn, 'STOPPED');
    expect(ended).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(/^CannotPullContainerError: /),
    });
    expect(ended.containers?.[0]?.exitCode).toBeUndefined();
  });

  test('is stopped', async () => {
    const [{ taskArn }] = await run({ overrides: command('setInterval(() => {}, 1000)') });
    await until(taskArn, 'RUNNING');
    const stop = (task: string | undefined, by = client) =>
      by.send(new sdk.StopTaskCommand({ cluster: 'demo', task, reason: 'too slow' }));
    const { task } = await stop(taskArn?.split('/').at(-1));
    expect(task).toMatchObject({ taskArn, desiredStatus: 'STOPPED' });
    expect(await until(taskArn, 'STOPPED')).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'too slow',
      containers: [{ exitCode: 143 }],
    });
    await stop(taskArn);
    expect(await errorName(stop('0'.repeat(32)))).toBe('InvalidParameterException');
  });

  test('is stopped before it runs', async () => {
    const [{ taskArn }] = await run();
    await client.send(new sdk.StopTaskCommand({ cluster: 'demo', task: taskArn }));
    expect(await until(taskArn, 'STOPPED')).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
    });
    expect(told(taskArn).map(({ lastStatus }) => lastStatus)).not.toContain('RUNNING');
  });

  test('is listed by who started it, its family and its state', async () => {
    const list = async (input: sdk.ListTasksCommandInput) =>
      (await client.send(new sdk.ListTasksCommand({ cluster: 'demo', ...input }))).taskArns;
    const [{ taskArn }] = await run({
      overrides: command('setInterval(() => {}, 1000)'),
      startedBy: 'listed',
    });
    expect(await list({ startedBy: 'listed' })).toEqual([taskArn]);
    expect(await list({ family: 'migrate' })).toEqual([taskArn]);
    expect(await list({ family: 'other' })).toEqual([]);
    expect(await list({ startedBy: 'listed', desiredStatus: 'STOPPED' })).toEqual([]);
    expect(await errorName(list({ startedBy: 'listed', family: 'migrate' }))).toBe(
      'InvalidParameterException',
    );
    await client.send(new sdk.StopTaskCommand({ cluster: 'demo', task: taskArn }));
    await until(taskArn, 'STOPPED');
    expect(await list({ startedBy: 'listed' })).toEqual([]);
    expect(await list({ startedBy: 'listed', desiredStatus: 'STOPPED' })).toEqual([taskArn]);
  });

  test('is described among those that are not there', async () => {
    const { failures } = await client.send(
      new sdk.DescribeTasksCommand({ cluster: 'demo', tasks: ['f'.repeat(32)] }),
    );
    expect(failures).toEqual([{ arn: `${ARN}:task/demo/${'f'.repeat(32)}`, reason: 'MISSING' }]);
  });
});

describe('a client token', () => {
  test('starts one task, however often the request comes', async () => {
    const [first] = await run({ clientToken: 'token-1' });
    const [again] = await run({ clientToken: 'token-1' });
    expect(again.taskArn).toBe(first.taskArn);
    // Tokens of another cluster are others.
    const [elsewhere] = await run({ clientToken: 'token-1', cluster: 'other' });
    expect(elsewhere.taskArn).not.toBe(first.taskArn);
    const conflict = run({ clientToken: 'token-1', startedBy: 'somebody else' });
    await expect(conflict).rejects.toBeInstanceOf(sdk.ConflictException);
    await expect(conflict).rejects.toMatchObject({ resourceIds: [first.taskArn] });
  });

  test('is forgotten an hour after its task has ended', async () => {
    const [first] = await run({ clientToken: 'token-2' });
    const { stoppedAt } = await until(first.taskArn, 'STOPPED');
    const { clock } = services.machine;
    const now = vi.spyOn(clock, 'now');
    now.mockReturnValue(Number(stoppedAt) + HOUR_MILLISECONDS - 1000);
    const [same] = await run({ clientToken: 'token-2' });
    now.mockReturnValue(Number(stoppedAt) + HOUR_MILLISECONDS + 1000);
    const [other] = await run({ clientToken: 'token-2' });
    now.mockRestore();
    expect([same.taskArn, other.taskArn === first.taskArn]).toEqual([first.taskArn, false]);
  });
});

describe('a request', () => {
  test.each<[string, string, Partial<sdk.RunTaskCommandInput>]>([
    ['for a cluster that is not there', 'ClusterNotFoundException', { cluster: 'gone' }],
    ['for a definition that is not there', 'ClientException', { taskDefinition: 'gone' }],
    ['without a launch type', 'InvalidParameterException', { launchType: undefined }],
    ['without a network', 'InvalidParameterException', { networkConfiguration: undefined }],
    ['for too many tasks', 'InvalidParameterException', { count: 11 }],
    ['with tags of a service', 'InvalidParameterException', { propagateTags: 'SERVICE' }],
    [
      'that overrides a container that is not there',
      'InvalidParameterException',
      { overrides: { containerOverrides: [{ name: 'side' }] } },
    ],
    [
      'that overrides what the sandbox does not act on',
      'UnsupportedOperation',
      { overrides: { ephemeralStorage: { sizeInGiB: 30 } } },
    ],
    [
      'that uses what the sandbox does not act on',
      'UnsupportedOperation',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
    ],
  ])('%s is refused: %s', async (_what, name, input) => {
    expect(await errorName(run(input))).toBe(name);
  });
});

test('limits bring the desired count of a service between them', async () => {
  await services.create(
    'AWS::ECS::Service',
    { ServiceName: 'api', Cluster: 'demo', TaskDefinition: 'migrate', DesiredCount: 0 },
    'Api',
  );
  const desired = async () => {
    const { services: found } = await client.send(
      new sdk.DescribeServicesCommand({ cluster: 'demo', services: ['api'] }),
    );
    return found?.[0]?.desiredCount;
  };
  const { limitDesiredCount } = services.machine.engines;
  limitDesiredCount('service/demo/api', { minimum: 0, maximum: 8 });
  expect(await desired()).toBe(0);
  limitDesiredCount('service/demo/api', { minimum: 2, maximum: 8 });
  expect(await desired()).toBe(2);
  limitDesiredCount('service/demo/api', { minimum: 0, maximum: 1 });
  expect(await desired()).toBe(1);
  expect(() => limitDesiredCount('service/demo/gone', { minimum: 0, maximum: 1 })).toThrow(/not found/);
  await client.send(new sdk.UpdateServiceCommand({ cluster: 'demo', service: 'api', desiredCount: 0 }));
});

describe('a role', () => {
  const statement = (Action: string, Resource: string | string[], Condition?: object) => ({
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition ? { Condition } : {}),
  });
  const inDemo = { ArnEquals: { 'ecs:cluster': CLUSTER } };
  const toTasks = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
  const mayRun = statement('ecs:RunTask', `${ARN}:task-definition/migrate:*`, inDemo);
  const as = async <T>(name: string, statements: unknown[], use: (by: sdk.ECSClient) => Promise<T>) => {
    const by = new sdk.ECSClient(services.clientOf(name, statements));
    try {
      return await use(by);
    } finally {
      by.destroy();
    }
  };

  test('runs a task where it may, and only if it may pass both roles', async () => {
    const passBoth = statement('iam:PassRole', [executionRole, taskRole], toTasks);
    await as('runner', [mayRun, passBoth], async (by) => {
      expect(await errorName(run({}, by))).toBe('no error');
      expect(await errorName(run({ cluster: 'other' }, by))).toBe('AccessDeniedException');
      expect(await errorName(run({ taskDefinition: 'missing' }, by))).toBe('AccessDeniedException');
      expect(await errorName(run({ tags: [TAG] }, by))).toBe('AccessDeniedException');
    });
    const passOne = statement('iam:PassRole', executionRole, toTasks);
    const passElsewhere = statement('iam:PassRole', '*', {
      StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' },
    });
    for (const [name, passing] of [
      ['half', passOne],
      ['elsewhere', passElsewhere],
    ] as const) {
      await as(name, [mayRun, passing], async (by) =>
        expect(await errorName(run({}, by))).toBe('AccessDeniedException'),
      );
    }
  });

  test('tags a task as it starts where it may', async () => {
    const tagging = statement('ecs:TagResource', `${ARN}:task/demo/*`, {
      StringEquals: { 'ecs:CreateAction': 'RunTask', 'aws:RequestTag/team': 'shop' },
    });
    const pass = statement('iam:PassRole', '*', toTasks);
    await as('starter', [mayRun, pass, tagging], async (by) => {
      const [{ taskArn, tags }] = await run({ tags: [TAG] }, by);
      expect(tags).toEqual([TAG]);
      expect((await look(taskArn)).tags).toEqual([TAG]);
    });
  });

  test('looks at tasks and stops them in its cluster only', async () => {
    const [{ taskArn }] = await run();
    const reading = statement('ecs:DescribeTasks', `${ARN}:task/demo/*`, inDemo);
    await as('reader', [reading], async (by) => {
      expect((await look(taskArn, by)).taskArn).toBe(taskArn);
      const elsewhere = new sdk.DescribeTasksCommand({ cluster: 'other', tasks: [taskArn as string] });
      expect(await errorName(by.send(elsewhere))).toBe('AccessDeniedException');
      const stop = new sdk.StopTaskCommand({ cluster: 'demo', task: taskArn });
      expect(await errorName(by.send(stop))).toBe('AccessDeniedException');
    });
  });
});
