import * as sdk from '@aws-sdk/client-sfn';
import { vi } from 'vitest';
import type { BusEvent, Machine, MetricDatum, Service } from '../../../../sandbox/contract.ts';
import { createS3Service } from '../../../../sandbox/services/s3/s3-service.ts';
import { createStatesService } from '../../../../sandbox/services/states/states-service.ts';
import { startServices } from '../start-services.ts';

// biome-ignore lint/suspicious/noExplicitAny: definitions, inputs and outputs are JSON.
export type Json = any;

/** What a function of the state machine does; a thrown error is a function's error. */
export type Handler = (payload: Json) => unknown;

const INVOKE = 'arn:aws:states:::lambda:invoke';
export const functionArn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

/** A Task state that calls a function and keeps its answer. */
export const task = (name: string, more: Record<string, unknown> = {}): Json => ({
  Type: 'Task',
  Resource: INVOKE,
  Parameters: { FunctionName: functionArn(name), 'Payload.$': '$' },
  OutputPath: '$.Payload',
  ...more,
});

/** A Task state that parks its token; the answer is its output. */
export const tokenTask = (more: Record<string, unknown> = {}): Json => ({
  Type: 'Task',
  Resource: `${INVOKE}.waitForTaskToken`,
  Parameters: {
    FunctionName: functionArn('park'),
    Payload: { 'token.$': '$$.Task.Token', 'execution.$': '$$.Execution.Id' },
  },
  ...more,
});

/** Step Functions on a real endpoint; functions are JavaScript in this process. */
export async function startStates(options: { speed?: number; statements?: readonly unknown[] } = {}) {
  const handlers = new Map<string, Handler>();
  const events: BusEvent[] = [];
  const metrics: MetricDatum[] = [];
  const parked: Array<{ token: string; execution: string }> = [];
  handlers.set('park', (payload) => void parked.push(payload));

  function createNeighbours(machine: Machine): Service {
    machine.engines.putEvent = (event) => void events.push(event);
    machine.engines.putMetric = (datum) => void metrics.push(datum);
    machine.engines.invokeFunction = async (arn, payload) => {
      const handler = handlers.get(arn.split(':').at(-1) as string);
      if (!handler) throw new Error(`no function ${arn}`);
      try {
        return { payload: (await handler(structuredClone(payload))) ?? null };
      } catch (error) {
        const { name: errorType, message: errorMessage } = error as Error;
        if ('code' in (error as object)) throw error;
        return { payload: null, functionError: { errorType, errorMessage } };
      }
    };
    return { name: 'neighbours', apis: [], providers: [], close() {} };
  }

  const services = await startServices([createNeighbours, createS3Service, createStatesService], options);
  /** A role of Step Functions that may do this; gives its ARN. */
  async function createRole(name: string, statements: readonly unknown[]): Promise<string> {
    const { ref, attributes } = await services.create(
      'AWS::IAM::Role',
      {
        AssumeRolePolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'states.amazonaws.com' },
          },
        },
      },
      name,
    );
    services.policies.attach(ref, { name: 'own', document: { Statement: statements } });
    return attributes?.Arn as string;
  }
  const RoleArn = await createRole('Role', [
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' },
    ...(options.statements ?? []),
  ]);
  const client = new sdk.SFNClient(services.client);
  let machines = 0;

  async function deploy(definition: Json, roleArn = RoleArn): Promise<string> {
    const created = await services.create(
      'AWS::StepFunctions::StateMachine',
      { RoleArn: roleArn, DefinitionString: JSON.stringify(definition) },
      `Machine${machines++}`,
    );
    return created.ref;
  }

  /** Deploys and starts; gives the execution's ARN. */
  async function start(definition: Json, input: unknown = {}, roleArn = RoleArn): Promise<string> {
    const stateMachineArn = await deploy(definition, roleArn);
    const { executionArn } = await client.send(
      new sdk.StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    return executionArn as string;
  }

  /** Waits until the execution has ended. */
  async function outcome(executionArn: string) {
    return vi.waitFor(
      async () => {
        const described = await client.send(new sdk.DescribeExecutionCommand({ executionArn }));
        if (described.status === 'RUNNING') throw new Error(`${executionArn} still runs`);
        return {
          ...described,
          parsed: described.output === undefined ? undefined : JSON.parse(described.output),
        };
      },
      { timeout: 10_000, interval: 10 },
    );
  }

  async function history(executionArn: string): Promise<sdk.HistoryEvent[]> {
    const { events } = await client.send(
      new sdk.GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
    );
    return events ?? [];
  }

  return {
    ...services,
    client,
    endpointClient: services.client,
    handlers,
    events,
    metrics,
    createRole,
    deploy,
    start,
    outcome,
    history,
    /** Deploys, runs to the end. */
    run: async (definition: Json, input?: unknown, roleArn?: string) =>
      outcome(await start(definition, input, roleArn)),
    /** The first token that a task of the execution parks, or a later one. */
    async token(execution: string, index = 0): Promise<string> {
      return vi.waitFor(
        () => {
          const found = parked.filter((entry) => entry.execution === execution)[index];
          if (!found) throw new Error(`${execution} has not parked a token`);
          return found.token;
        },
        { timeout: 10_000, interval: 5 },
      );
    },
    async close() {
      client.destroy();
      await services.close();
    },
  };
}

export type States = Awaited<ReturnType<typeof startStates>>;

/** A function's error with a name. */
export function failure(name: string, message = 'why'): Error {
  return Object.assign(new Error(message), { name });
}
