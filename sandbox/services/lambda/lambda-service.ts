import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import * as sdk from '@aws-sdk/client-lambda';
import { AwsError, type Caller, type Machine, type Service } from '../../contract.ts';
import { Environments } from './environments.ts';
import { ExecutionEnvironment, type InvocationResult } from './execution-environment.ts';
import { describeFunction, type LambdaFunction } from './lambda-function.ts';
import { Turns } from './turns.ts';

/** Pauses before an asynchronous invocation that failed is tried again. @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const ASYNCHRONOUS_RETRIES_MILLISECONDS = [60_000, 120_000];
/** Environments that idle longer are ended, in real milliseconds. */
const IDLE_MILLISECONDS = 300_000;
const LARGEST_SYNCHRONOUS_BYTES = 6 * 1_048_576;

interface Deployed {
  readonly fn: LambdaFunction;
  readonly environments: Environments;
  readonly permissions: Array<{
    Sid: string;
    Effect: 'Allow';
    Principal: { Service: string };
    Action: string;
    Resource: string;
    Condition: object;
  }>;
}

/** Lambda: functions of a template, each invocation in a real process. */
export async function createLambdaService(machine: Machine): Promise<Service> {
  const functions = new Map<string, Deployed>();
  const starts = new Turns(availableParallelism());
  // X-Ray's daemon takes datagrams; nothing here reads them, but a function that traces must find it.
  const tracing = createSocket('udp4').unref();
  tracing.bind(0, '127.0.0.1');
  await once(tracing, 'listening');
  const tracingDaemon = `127.0.0.1:${tracing.address().port}`;
  let closed = false;

  function find(nameOrArn: string): Deployed {
    const name = nameOrArn.includes(':function:')
      ? (nameOrArn.split(':function:')[1] as string).split(':')[0]
      : nameOrArn;
    const found = functions.get(name as string);
    if (!found)
      throw new AwsError(
        'ResourceNotFoundException',
        `Function not found: ${machine.arn('lambda', `function:${name}`)}`,
        { status: 404 },
      );
    return found;
  }

  async function run({ environments }: Deployed, payload: unknown): Promise<InvocationResult> {
    const environment = await environments.take();
    try {
      return await environment.invoke(randomUUID(), payload);
    } finally {
      environments.giveBack(environment);
    }
  }

  async function work(deployed: Deployed, payload: unknown): Promise<InvocationResult> {
    const done = machine.clock.work();
    try {
      return await run(deployed, payload);
    } finally {
      done();
    }
  }

  async function runWithFaults(deployed: Deployed, payload: unknown): Promise<InvocationResult> {
    const effect = machine.faults.next(`lambda:${deployed.fn.name}`);
    if (effect === 'throttle')
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 });
    if (effect === 'timeout')
      throw new AwsError('ServiceException', 'The service encountered an internal error.', { status: 500 });
    if (effect?.startsWith('error:'))
      return {
        payload: null,
        functionError: {
          errorType: effect.slice('error:'.length),
          errorMessage: 'A fault of the rehearsal.',
        },
      };
    const result = await work(deployed, payload);
    if (effect === 'repeat') await work(deployed, payload);
    if (effect === 'timeout-after')
      throw new AwsError('ServiceException', 'The service encountered an internal error.', { status: 500 });
    return result;
  }

  async function runAsynchronously(deployed: Deployed, payload: unknown): Promise<void> {
    for (const pause of [...ASYNCHRONOUS_RETRIES_MILLISECONDS, undefined]) {
      const result = await runWithFaults(deployed, payload).catch((error: Error) => ({
        payload: null,
        functionError: { errorType: error.name, errorMessage: error.message },
      }));
      if (!result.functionError || closed) return;
      machine.log(
        `lambda: ${deployed.fn.name} failed: ${result.functionError.errorType}: ${result.functionError.errorMessage}`,
      );
      if (pause !== undefined) await machine.clock.sleep(pause);
    }
    if (deployed.fn.deadLetterArn === undefined) return;
    const caller: Caller = { kind: 'role', roleArn: deployed.fn.roleArn, session: deployed.fn.name };
    // Nobody waits for this: a queue that does not take it must not end the sandbox.
    await machine.engines
      .sendMessage(deployed.fn.deadLetterArn, JSON.stringify(payload), { caller })
      .catch((error: Error) => machine.log(`lambda: ${deployed.fn.name}: ${error.message}`));
  }

  function findInvocable(functionArn: string, caller: Caller): Deployed {
    const deployed = find(functionArn);
    machine.policies.require(
      caller,
      { action: 'lambda:InvokeFunction', resource: deployed.fn.arn },
      { Statement: deployed.permissions },
    );
    return deployed;
  }

  machine.engines.requireInvocable = (functionArn, { caller }) => void findInvocable(functionArn, caller);
  machine.engines.invokeFunction = async (functionArn, payload, { caller, type }) => {
    const deployed = findInvocable(functionArn, caller);
    if (type === 'request') return runWithFaults(deployed, payload);
    void runAsynchronously(deployed, payload);
    return { payload: null };
  };

  const reaping = setInterval(() => {
    for (const { environments } of functions.values()) environments.endIdle(IDLE_MILLISECONDS);
  }, IDLE_MILLISECONDS).unref();

  const configuration = (fn: LambdaFunction) => ({
    FunctionName: fn.name,
    FunctionArn: fn.arn,
    Runtime: 'nodejs24.x' as const,
    Role: fn.roleArn,
    Handler: fn.handler,
    Timeout: fn.timeoutMilliseconds / 1000,
    MemorySize: fn.memoryMegabytes,
    State: 'Active' as const,
    LastUpdateStatus: 'Successful' as const,
  });
  const on = (action: string) => (input: { FunctionName: string }) => [
    {
      action: `lambda:${action}`,
      resource: input.FunctionName.startsWith('arn:')
        ? input.FunctionName
        : machine.arn('lambda', `function:${input.FunctionName}`),
    },
  ];

  return {
    name: 'lambda',
    apis: [
      {
        signingNames: ['lambda'],
        sdk,
        client: 'LambdaClient',
        operations: {
          Invoke: {
            permissions: on('InvokeFunction'),
            async handle(input) {
              const deployed = find(input.FunctionName);
              const bytes = Buffer.from(input.Payload ?? '{}');
              if (bytes.length > LARGEST_SYNCHRONOUS_BYTES)
                throw new AwsError('RequestTooLargeException', `${bytes.length} byte payload is too large`, {
                  status: 413,
                });
              let payload: unknown;
              try {
                payload = JSON.parse(bytes.toString('utf8') || '{}');
              } catch {
                throw new AwsError(
                  'InvalidRequestContentException',
                  'Could not parse request body into json.',
                );
              }
              if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
              if (input.InvocationType === 'Event') {
                void runAsynchronously(deployed, payload);
                return { StatusCode: 202 };
              }
              const result = await runWithFaults(deployed, payload);
              return {
                StatusCode: 200,
                ExecutedVersion: '$LATEST',
                Payload: Buffer.from(JSON.stringify(result.functionError ?? result.payload)),
                ...(result.functionError ? { FunctionError: 'Unhandled' } : {}),
              };
            },
          },
          GetFunctionConfiguration: {
            permissions: on('GetFunctionConfiguration'),
            handle: (input) => configuration(find(input.FunctionName).fn),
          },
          ListFunctions: {
            permissions: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
            handle: () => ({ Functions: [...functions.values()].map(({ fn }) => configuration(fn)) }),
          },
        },
      },
    ],
    providers: [
      {
        type: 'AWS::Lambda::Function',
        create(resource) {
          const fn = describeFunction(machine, resource, tracingDaemon);
          const start = () => new ExecutionEnvironment(machine, fn);
          const environments = new Environments(fn.concurrency, start, starts);
          functions.set(fn.name, { fn, environments, permissions: [] });
          return { ref: fn.name, attributes: { Arn: fn.arn } };
        },
      },
      {
        type: 'AWS::Lambda::Permission',
        create(resource) {
          const { FunctionName, Principal, Action, SourceArn, SourceAccount } = resource.properties;
          const deployed = find(FunctionName);
          deployed.permissions.push({
            Sid: resource.logicalId,
            Effect: 'Allow',
            Principal: { Service: Principal },
            Action,
            Resource: deployed.fn.arn,
            Condition: {
              ...(SourceArn ? { ArnLike: { 'aws:SourceArn': SourceArn } } : {}),
              ...(SourceAccount ? { StringEquals: { 'aws:SourceAccount': SourceAccount } } : {}),
            },
          });
          return { ref: resource.physicalName() };
        },
      },
    ],
    close() {
      if (closed) return;
      closed = true;
      clearInterval(reaping);
      tracing.close();
      for (const { environments } of functions.values()) environments.close();
    },
  };
}
