import type { RequestListener } from 'node:http';
import {
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { handler } from '../../../functions/health/check-service.ts';
import type { Machine } from '../../../sandbox/contract.ts';
import { createCloudWatchService } from '../../../sandbox/services/cloudwatch/cloudwatch-service.ts';
import { createEcsService } from '../../../sandbox/services/ecs/ecs-service.ts';
import { createLogsService } from '../../../sandbox/services/logs/logs-service.ts';
import { CheckReport, HEALTH_DEFAULTS, type HealthPolicy } from '../../../schemas/health.ts';
import type { ServiceTarget } from '../../../schemas/target.ts';
import { startServices } from '../../sandbox/services/start-services.ts';
import { serveHttp, type TestServer } from '../../support/http-server.ts';
import { LAMBDA_CONTEXT, pointFunctionsAt } from '../../support/point-functions.ts';
import { aHttpHealth, aService } from './service/a-service.ts';

const BALANCER = {
  loadBalancer: 'app/api/0123456789abcdef',
  targetGroup: 'targetgroup/api/0123456789abcdef',
};
const GROUP = '/ecs/api';
const MINUTE = 60_000;

let services: Awaited<ReturnType<typeof startServices>>;
let machine: Machine;
let ecs: ECSClient;
let definition: string;
let server: TestServer;
let answer: RequestListener;
const faults: Array<() => void> = [];

const good: RequestListener = ({ url }, response) => {
  response.setHeader('x-request-id', 'one');
  response.end(
    url === '/metrics'
      ? 'requests_total 500\nerrors_total 0\n'
      : '{"status":"ok","checks":{"database":"ok"}}',
  );
};

/** One region on one morning; each test says what is different in its own. */
describe('check-service', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    const neighbours = (one: Machine) => {
      one.engines.putEvent = () => {};
      return { name: 'neighbours', apis: [], providers: [], close() {} };
    };
    // ECS starts tasks in a moment, then.
    services = await startServices(
      [neighbours, createCloudWatchService, createLogsService, createEcsService],
      { speed: 50 },
    );
    machine = services.machine;
    pointFunctionsAt(services);
    ecs = new ECSClient(services.client);
    machine.images.set('app', {
      digest: 'sha256:app',
      command: ['node', '-e', 'setInterval(() => {}, 1000)'],
    });
    await services.create('AWS::ECS::Cluster', { ClusterName: 'main' }, 'Cluster');
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'app',
        containerDefinitions: [{ name: 'app', image: 'app', essential: true }],
      }),
    );
    definition = taskDefinition?.taskDefinitionArn as string;
    await service('api', 1);
    await service('resting', 0);
    await services.create('AWS::Logs::LogGroup', { LogGroupName: GROUP }, 'Group');
    server = await serveHttp((request, response) => answer(request, response));
    await vi.waitFor(
      async () => expect((await check({ samples: 1 })).get('deployment')?.verdict).toBe('pass'),
      {
        timeout: 20_000,
        interval: 200,
      },
    );
  });
  afterEach(() => {
    for (const end of faults.splice(0)) end();
    answer = good;
  });
  afterAll(async () => {
    ecs?.destroy();
    await server?.close();
    await services?.close();
    vi.unstubAllEnvs();
  });
  answer = good;

  const service = (name: string, count: number) =>
    services.create(
      'AWS::ECS::Service',
      { ServiceName: name, Cluster: 'main', TaskDefinition: definition, DesiredCount: count },
      name,
    );
  const target = (health: Partial<HealthPolicy> = {}, change: Partial<ServiceTarget> = {}) => ({
    ...aService(`http://${server.host}`, { http: aHttpHealth(), ...health }),
    ...change,
  });
  async function report(
    health: Partial<HealthPolicy> = {},
    change: Partial<ServiceTarget> = {},
  ): Promise<CheckReport> {
    const step = handler as (event: unknown, context: never) => Promise<unknown>;
    const event = JSON.parse(JSON.stringify({ target: target(health, change) }));
    return CheckReport.parse(await step(event, LAMBDA_CONTEXT));
  }
  async function check(
    { samples = 3, ...health }: Partial<HealthPolicy> & { samples?: number } = {},
    change: Partial<ServiceTarget> = {},
  ) {
    const { findings } = await report({ http: aHttpHealth({ samples }), ...health }, change);
    return new Map(findings.map((one) => [one.check, one]));
  }
  const fail = (call: string, effect: string) => void faults.push(machine.faults.add({ call, effect }));
  /** Counted by the load balancer some minutes ago, whole periods from now. */
  const count = (
    name: string,
    value: number,
    dimensions: Record<string, string> = {
      LoadBalancer: BALANCER.loadBalancer,
      TargetGroup: BALANCER.targetGroup,
    },
  ) =>
    machine.engines.putMetric({
      namespace: 'AWS/ApplicationELB',
      name,
      dimensions,
      value,
      at: Date.now() - 12 * MINUTE,
    });
  const beat = (from: number, to: number, every = MINUTE) => {
    for (let at = Date.now() - from; at <= Date.now() - to; at += every)
      machine.engines.putLog(GROUP, 'api', 'loop:start', at);
  };
  const heartbeat = (logGroup = GROUP) => ({
    heartbeats: [{ name: 'loop', logGroup, line: 'loop:start', intervalSeconds: 120, lookBackSeconds: 600 }],
  });

  it('finds all well, in one report', async () => {
    count('RequestCount', 5000);
    count('HTTPCode_Target_2XX_Count', 4999);
    count('HTTPCode_Target_5XX_Count', 1);
    beat(12 * MINUTE, 0);
    const found = await report(
      {
        ...heartbeat(),
        http: aHttpHealth({ correlation: {} }),
        metrics: {
          url: `http://${server.host}/metrics`,
          secondsBetween: 1,
          assertions: [{ kind: 'sum', of: { name: 'errors_total' }, atMost: 10 }],
        },
        cloudwatch: [
          {
            of: {
              namespace: 'AWS/ApplicationELB',
              metric: 'RequestCount',
              dimensions: { LoadBalancer: BALANCER.loadBalancer, TargetGroup: BALANCER.targetGroup },
              statistic: 'Sum',
            },
            periodSeconds: 300,
            periods: 12,
            assertion: { kind: 'sum', name: 'requests', atLeast: 1, coverage: 0.01 },
          },
        ],
      },
      BALANCER,
    );
    expect(found.target).toBe('service/api');
    expect(found.findings.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(found.verdict).toBe('pass');
    expect(found.findings.map((one) => one.check)).toEqual([
      'tasks',
      'deployment',
      'liveness',
      'liveness: checks',
      'correlation id',
      'readiness',
      'readiness: checks',
      'readiness: latency',
      'restarts',
      'error ratio',
      'error count',
      'metrics',
      'metrics: sum of errors_total',
      'cloudwatch: requests',
      'heartbeat: loop',
    ]);
  });

  it('tells of every part that is ill, beside those that are not', async () => {
    answer = ({ url }, response) => {
      if (url === '/live') response.end('{"status":"ok"}');
      else response.writeHead(503).end('{"checks":{"database":"down"}}');
    };
    count('HTTPCode_ELB_5XX_Count', 500, { LoadBalancer: BALANCER.loadBalancer });
    const found = await report(heartbeat('/ecs/gone'), BALANCER);
    expect(found.verdict).toBe('fail');
    const by = Object.fromEntries(found.findings.map((one) => [one.check, one]));
    expect(by).toMatchObject({
      liveness: { verdict: 'pass' },
      readiness: { verdict: 'fail', observed: '/ready answered 503', runbook: 'roll-back-service' },
      'readiness: checks': { verdict: 'fail', observed: 'is not ready: database' },
      'error ratio': { verdict: 'fail', runbook: 'roll-back-service' },
      'error count': { verdict: 'warn' },
      'heartbeat: loop': { verdict: 'unknown', observed: 'there is no log group /ecs/gone' },
      tasks: { verdict: 'pass' },
    });
  });

  it('knows what it is told and no more when AWS denies, throttles or errs', async () => {
    // It asks again for a while; here without the pauses between.
    const chance = vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => chance.mockRestore());
    fail('logs:FilterLogEvents', 'error:AccessDeniedException');
    fail('monitoring:GetMetricData', 'throttle');
    fail('ecs:ListTasks', 'error:ServerException');
    const found = await check(heartbeat(), BALANCER);
    expect(found.get('heartbeat: loop')).toMatchObject({
      verdict: 'unknown',
      observed: expect.stringContaining('this function may not look'),
    });
    expect(found.get('error ratio')).toMatchObject({
      verdict: 'unknown',
      observed: expect.stringContaining('AWS did not answer just now'),
    });
    expect(found.get('restarts')?.verdict).toBe('unknown');
    expect(found.get('readiness')?.verdict).toBe('pass');
  });

  it('is not stopped where ECS does not answer', async () => {
    fail('ecs:DescribeServices', 'error:AccessDeniedException');
    const found = await check();
    expect(found.get('tasks')?.verdict).toBe('unknown');
    expect(found.get('liveness')?.verdict).toBe('pass');
  });

  it('leaves a service alone that rests on purpose, and not one that nobody told to', async () => {
    answer = () => expect.unreachable();
    const tasks = { ...HEALTH_DEFAULTS.tasks, mayRest: true };
    const resting = await report({ tasks }, { service: 'resting' });
    expect(resting).toMatchObject({
      verdict: 'pass',
      findings: [{ check: 'tasks' }, { check: 'deployment' }],
    });
    answer = (_, response) => response.writeHead(503).end();
    const gone = await check({}, { service: 'resting' });
    expect(gone.get('tasks')).toMatchObject({ verdict: 'fail', observed: 'the desired count is 0' });
    expect(gone.get('liveness')?.verdict).toBe('fail');
    // An earlier revision would have no task either.
    for (const one of gone.values()) expect(one).not.toHaveProperty('runbook');
  });

  it('says that there is no such service', async () => {
    const found = await check({}, { service: 'apy' });
    expect(found.get('tasks')).toMatchObject({
      verdict: 'fail',
      observed: 'ECS has no active service apy in the cluster main',
    });
    expect(found.get('tasks')).not.toHaveProperty('runbook');
  });

  it('notices a heartbeat that has stopped', async () => {
    machine.engines.putLog('/ecs/worker', 'worker', 'loop:start', Date.now() - 8 * MINUTE);
    machine.engines.putLog('/ecs/worker', 'worker', 'loop:end', Date.now() - MINUTE);
    expect((await check(heartbeat('/ecs/worker'))).get('heartbeat: loop')).toMatchObject({
      verdict: 'fail',
      observed: expect.stringMatching(/^no line since .* \(4[0-9]{2} s\), 1 before$/),
    });
  });

  it('tells a metric that is not there from one that is bad', async () => {
    const of = { namespace: 'Shop', metric: 'Orders', dimensions: {}, statistic: 'Sum' };
    const assertion = { kind: 'sum' as const, name: 'orders', atLeast: 1, coverage: 0.1 };
    const look = async () =>
      (await check({ cloudwatch: [{ of, periodSeconds: 300, periods: 3, assertion }] })).get(
        'cloudwatch: orders',
      )?.verdict;
    expect(await look()).toBe('unknown');
    machine.engines.putMetric({
      namespace: 'Shop',
      name: 'Orders',
      dimensions: {},
      value: 0,
      at: Date.now() - 12 * MINUTE,
    });
    expect(await look()).toBe('fail');
  });

  it('counts tasks that stopped by themselves, with their reason, and not those that a person stopped', async () => {
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: 'main', serviceName: 'api' }));
    await ecs.send(new StopTaskCommand({ cluster: 'main', task: taskArns[0] }));
    const hasStopped = async () => {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: 'main', tasks: taskArns }));
      return tasks[0]?.lastStatus;
    };
    await vi.waitFor(async () => expect(await hasStopped()).toBe('STOPPED'), {
      timeout: 20_000,
      interval: 100,
    });
    expect((await check()).get('restarts')).toMatchObject({ verdict: 'pass', observed: '0 in 60 minutes' });
    machine.images.set('broken', { digest: 'sha256:broken', command: ['node', '-e', 'process.exit(3)'] });
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'app',
        containerDefinitions: [{ name: 'app', image: 'broken', essential: true }],
      }),
    );
    await ecs.send(
      new UpdateServiceCommand({
        cluster: 'main',
        service: 'api',
        taskDefinition: taskDefinition?.taskDefinitionArn,
      }),
    );
    await vi.waitFor(
      async () =>
        expect((await check()).get('restarts')).toMatchObject({
          verdict: expect.stringMatching(/warn|fail/),
          observed: expect.stringMatching(/× app:2 Essential container in task exited, app ended with 3/),
          runbook: 'roll-back-service',
        }),
      { timeout: 30_000, interval: 500 },
    );
  });
});
