import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller, Machine, MetricDatum } from '../../../../sandbox/contract.ts';
import { createLambdaService } from '../../../../sandbox/services/lambda/lambda-service.ts';
import { errorName, startServices } from '../start-services.ts';

/** Sandbox seconds per second: the minutes between asynchronous attempts pass while a test waits. */
const SPEED = 400;

const CODE = `
let calls = 0;
export const echo = async (event, context) => ({ event, name: context.functionName, id: context.awsRequestId });
export const count = async () => ++calls;
export const nothing = async () => {};
export const fail = async ({ message }) => {
  throw Object.assign(new Error(message), { name: 'NotSteady' });
};
export const hang = () => new Promise(() => {});
export const quick = () => new Promise((resolve) => setTimeout(resolve, 5, process.pid));
export const slow = () => new Promise((resolve) => setTimeout(resolve, 600, process.pid));
export const exit = () => process.exit(7);
export const remaining = async (event, context) => context.getRemainingTimeInMillis();
export const clock = async () => ({ now: Date.now(), date: new Date().getTime() });
export const environment = async () => process.env;
export const log = async () => {
  console.log('a line');
};
export const tick = async () => {
  globalThis.ticks ??= (setInterval(() => { globalThis.ticks += 1; }, 5), 0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  return globalThis.ticks;
};
`;

let folder: string;
let services: Awaited<ReturnType<typeof startServices>>;
let client: sdk.LambdaClient;
let roleArn: string;
const lines: Array<{ group: string; line: string }> = [];
const metrics: MetricDatum[] = [];
const sent: Array<{ arn: string; body: string; caller: Caller }> = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await writeFile(join(folder, 'index.mjs'), CODE);
  await writeFile(join(folder, 'broken.mjs'), 'throw new TypeError("no luck");');
  const createNeighbours = (machine: Machine) => {
    machine.engines.putLog = (group, _stream, line) => void lines.push({ group, line });
    machine.engines.putMetric = (datum) => void metrics.push(datum);
    machine.engines.sendMessage = async (arn, body, { caller }) => {
      if (arn.endsWith(':closed')) throw new Error('the queue takes nothing');
      sent.push({ arn, body, caller });
    };
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  };
  services = await startServices([createNeighbours, createLambdaService], { speed: SPEED });
  const { attributes } = await services.create(
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: {
        Statement: {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'lambda.amazonaws.com' },
        },
      },
    },
    'Role',
  );
  roleArn = attributes?.Arn as string;
  client = new sdk.LambdaClient(services.client);
});
afterAll(async () => {
  client.destroy();
  await services.close();
  await rm(folder, { recursive: true });
});

let count = 0;
/** Deploys a function with a handler of the code above; gives its name and ARN. */
async function deploy(handler: string, properties: Record<string, unknown> = {}) {
  const { ref, attributes } = await services.create(
    'AWS::Lambda::Function',
    {
      Handler: handler.includes('.') ? handler : `index.${handler}`,
      Runtime: 'nodejs24.x',
      Role: roleArn,
      Code: { LocalPath: folder },
      ...properties,
    },
    `Function${count++}`,
  );
  return { name: ref, arn: attributes?.Arn as string };
}
async function invoke(FunctionName: string, payload: unknown = {}) {
  const answer = await client.send(
    new sdk.InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)) }),
  );
  return { ...answer, parsed: JSON.parse(answer.Payload?.transformToString() ?? '') };
}
const call = async (handler: string, payload?: unknown, properties?: Record<string, unknown>) =>
  invoke((await deploy(handler, properties)).name, payload);

describe('a function', () => {
  test('answers with its payload and context', async () => {
    const { name } = await deploy('echo');
    const { StatusCode, ExecutedVersion, FunctionError, parsed } = await invoke(name, { a: [1, 'ü'] });
    expect({ StatusCode, ExecutedVersion, FunctionError }).toEqual({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      FunctionError: undefined,
    });
    expect(parsed).toEqual({ event: { a: [1, 'ü'] }, name, id: expect.stringMatching(/^[\da-f-]{36}$/) });
  });

  test('that answers nothing answers null', async () => {
    expect((await call('nothing')).parsed).toBeNull();
  });

  test('keeps its environment from one invocation to the next', async () => {
    const { name, arn } = await deploy('count');
    expect([(await invoke(name)).parsed, (await invoke(arn)).parsed]).toEqual([1, 2]);
  });

  test('runs in as many environments as it has invocations at once', async () => {
    const { name } = await deploy('slow');
    const answers = await Promise.all([invoke(name), invoke(name)]);
    expect(new Set(answers.map(({ parsed }) => parsed)).size).toBe(2);
  });

  test('runs many short invocations in few environments: one is idle again before another one would be there', async () => {
    const { name } = await deploy('quick');
    const answers = await Promise.all(Array.from({ length: 40 }, () => invoke(name)));
    const processes = answers.map(({ parsed }) => parsed);
    expect(processes.every((process) => process > 0)).toBe(true);
    expect(new Set(processes).size).toBeLessThan(20);
  });

  test('starts further environments where those that there are stay busy', async () => {
    const { name } = await deploy('slow');
    const answers = await Promise.all(Array.from({ length: 5 }, () => invoke(name)));
    expect(new Set(answers.map(({ parsed }) => parsed)).size).toBeGreaterThan(2);
  });

  test('is throttled beyond its reserved concurrency', async () => {
    const { name } = await deploy('slow', { ReservedConcurrentExecutions: 1 });
    const outcomes = await Promise.all([errorName(invoke(name)), errorName(invoke(name))]);
    expect(outcomes.toSorted()).toEqual(['TooManyRequestsException', 'no error']);
  });

  test("sees the sandbox's time", async () => {
    const before = services.machine.clock.now();
    const { parsed } = await call('clock');
    const after = services.machine.clock.now();
    for (const time of [parsed.now, parsed.date]) {
      // The function's process reads its own real clock, a moment apart from this one's.
      expect(time).toBeGreaterThan(before - 100 * SPEED);
      expect(time).toBeLessThan(after + 100 * SPEED);
    }
  });

  test('sees where AWS is, who it is, and its own variables', async () => {
    const { name, arn } = await deploy('environment', {
      MemorySize: 256,
      Environment: { Variables: { STAGE: 'test' } },
    });
    const { parsed } = await invoke(arn);
    expect(parsed).toMatchObject({
      AWS_ENDPOINT_URL: services.machine.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      STAGE: 'test',
    });
    expect(parsed.HOME).toBeUndefined();
  });

  test('is frozen between invocations', async () => {
    const { name } = await deploy('tick');
    const { parsed: first } = await invoke(name);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { parsed: second } = await invoke(name);
    // 400 ms would be 80 ticks.
    expect(second - first).toBeLessThan(40);
  });

  test('writes its lines and reports to its log', async () => {
    const { name } = await deploy('log');
    await invoke(name);
    await expect
      .poll(() => lines.filter(({ group }) => group === `/aws/lambda/${name}`).map(({ line }) => line))
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^START RequestId: /),
          'a line',
          expect.stringMatching(/^END RequestId: /),
          expect.stringMatching(/^REPORT RequestId: .*Billed Duration: \d+ ms/),
        ]),
      );
  });

  test.each([
    ['echo', 0],
    ['fail', 1],
    ['broken.handler', 1],
  ])('counts its invocations and errors: %s', async (handler, errors) => {
    const { name } = await deploy(handler);
    await invoke(name);
    const own = metrics.filter(({ dimensions }) => dimensions.FunctionName === name);
    expect(Object.fromEntries(own.map((datum) => [datum.name, datum.value]))).toMatchObject({
      Invocations: 1,
      Errors: errors,
    });
  });
});

describe('a function that fails', () => {
  test.each<[string, string, unknown]>([
    ['by an error', 'fail', { errorType: 'NotSteady', errorMessage: 'why' }],
    [
      'by exiting',
      'exit',
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 7') },
    ],
    ['without its handler', 'missing', { errorType: 'Runtime.HandlerNotFound' }],
    ['while it is loaded', 'broken.handler', { errorType: 'TypeError', errorMessage: 'no luck' }],
  ])('%s says so', async (_how, handler, error) => {
    const { StatusCode, FunctionError, parsed } = await call(handler, { message: 'why' });
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(parsed).toMatchObject(error as object);
  });

  test('by taking too long is ended, in real time', async () => {
    const { name } = await deploy('hang', { Timeout: 1 });
    const { parsed } = await invoke(name);
    expect(parsed).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
    });
  });

  test('by exiting starts anew for the next invocation', async () => {
    const { name } = await deploy('exit');
    for (let round = 0; round < 2; round += 1)
      expect((await invoke(name)).parsed).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  test('knows before how much time is left', async () => {
    const { parsed } = await call('remaining', {}, { Timeout: 9 });
    expect(parsed).toBeGreaterThan(5_000);
    expect(parsed).toBeLessThanOrEqual(9_000);
  });
});

describe('an invocation as an event', () => {
  test('is tried three times, minutes apart, and then goes to the dead-letter queue', async () => {
    const queue = 'arn:aws:sqs:us-east-1:123456789012:dead';
    const { name } = await deploy('fail', { DeadLetterConfig: { TargetArn: queue } });
    const before = services.machine.clock.now();
    const { StatusCode } = await client.send(
      new sdk.InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: '{"message":"why"}' }),
    );
    expect(StatusCode).toBe(202);
    await expect
      .poll(() => sent, { timeout: 20_000 })
      .toMatchObject([{ arn: queue, body: '{"message":"why"}', caller: { kind: 'role', roleArn } }]);
    expect(services.machine.clock.now() - before).toBeGreaterThanOrEqual(180_000);
    expect(
      metrics.filter((datum) => datum.dimensions.FunctionName === name && datum.name === 'Errors'),
    ).toHaveLength(3);
  });
});

describe('an event that even the dead-letter queue does not take', () => {
  test.each<[string, (fn: { name: string; arn: string }) => Promise<unknown>]>([
    [
      'by the API',
      ({ name }) => client.send(new sdk.InvokeCommand({ FunctionName: name, InvocationType: 'Event' })),
    ],
    [
      'by another service',
      ({ arn }) =>
        services.machine.engines.invokeFunction(
          arn,
          {},
          { caller: { kind: 'administrator' }, type: 'event' },
        ),
    ],
  ])('is lost with a line in the log, when it came %s', async (_how, send) => {
    const TargetArn = 'arn:aws:sqs:us-east-1:123456789012:closed';
    const fn = await deploy('fail', { DeadLetterConfig: { TargetArn } });
    await send(fn);
    await expect
      .poll(() => services.log, { timeout: 20_000 })
      .toContainEqual(`lambda: ${fn.name}: the queue takes nothing`);
  });
});

describe('an invocation', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['of no function', () => invoke('gone'), 'ResourceNotFoundException'],
    [
      'with a payload that is no JSON',
      async () =>
        client.send(new sdk.InvokeCommand({ FunctionName: (await deploy('echo')).name, Payload: '{' })),
      'InvalidRequestContentException',
    ],
    [
      'with more than 6 MB',
      async () => invoke((await deploy('echo')).name, 'x'.repeat(6 * 1_048_576)),
      'RequestTooLargeException',
    ],
  ])('%s is refused', async (_what, run, error) => {
    expect(await errorName(run())).toBe(error);
  });

  test('of a dry run only checks the permission', async () => {
    const { name } = await deploy('fail');
    const dry = new sdk.InvokeCommand({ FunctionName: name, InvocationType: 'DryRun' });
    expect((await client.send(dry)).StatusCode).toBe(204);
    const stranger = new sdk.LambdaClient(services.clientOf('stranger', []));
    expect(await errorName(stranger.send(dry))).toBe('AccessDeniedException');
    stranger.destroy();
  });

  test("of a service needs the function's permission for just that source", async () => {
    const { arn } = await deploy('echo');
    const rule = 'arn:aws:events:us-east-1:123456789012:rule/alarm';
    const by = (sourceArn: string) =>
      services.machine.engines.invokeFunction(
        arn,
        {},
        {
          caller: { kind: 'service', principal: 'events.amazonaws.com', sourceArn },
          type: 'request',
        },
      );
    expect(await errorName(by(rule))).toBe('AccessDeniedException');
    await services.create('AWS::Lambda::Permission', {
      FunctionName: arn,
      Principal: 'events.amazonaws.com',
      Action: 'lambda:InvokeFunction',
      SourceArn: rule,
    });
    expect(await errorName(by(rule))).toBe('no error');
    expect(await errorName(by(`${rule}-other`))).toBe('AccessDeniedException');
  });
});

describe('a fault', () => {
  test.each([
    ['throttle', 'TooManyRequestsException', 0],
    ['timeout', 'ServiceException', 0],
    ['timeout-after', 'ServiceException', 1],
    ['repeat', 'no error', 2],
  ])('%s of a function: %s after %i runs', async (effect, outcome, runs) => {
    const { name } = await deploy('count');
    const remove = services.machine.faults.add({ call: `lambda:${name}`, effect });
    expect(await errorName(invoke(name))).toBe(outcome);
    remove();
    expect((await invoke(name)).parsed).toBe(runs + 1);
  });

  test("is an error of the function's when it says so", async () => {
    const { name } = await deploy('count');
    services.machine.faults.add({ call: `lambda:${name}`, effect: 'error:Odd' });
    expect(await invoke(name)).toMatchObject({ FunctionError: 'Unhandled', parsed: { errorType: 'Odd' } });
  });
});

describe('a template', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['another runtime', { Runtime: 'python3.13' }, 'nodejs24.x, not python3.13'],
    ['code that is not in the assembly', { Code: { ZipFile: 'x' } }, 'not an asset'],
    ['what the sandbox does not act on', { Layers: ['x'] }, 'Layers'],
  ])('with %s is refused', async (_what, properties, words) => {
    await expect(deploy('echo', properties)).rejects.toThrow(words);
  });

  test('shows in the configuration of its function', async () => {
    const { name, arn } = await deploy('echo', { Timeout: 30, MemorySize: 512 });
    const input = { FunctionName: name };
    expect(await client.send(new sdk.GetFunctionConfigurationCommand(input))).toMatchObject({
      FunctionArn: arn,
      Timeout: 30,
      MemorySize: 512,
      Handler: 'index.echo',
      State: 'Active',
    });
  });
});
