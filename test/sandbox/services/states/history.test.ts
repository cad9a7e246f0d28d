import * as sdk from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  failure,
  functionArn,
  type Json,
  type States,
  startStates,
  task,
  tokenTask,
} from './start-states.ts';

let states: States;
beforeAll(async () => {
  states = await startStates({ speed: 50 });
  states.handlers.set('work', ({ value }) => ({ value: value + 1 }));
  states.handlers.set('break', () => {
    throw failure('NotSteady');
  });
});
afterAll(() => states.close());

const single = (state: Json, others: Record<string, Json> = {}) => ({
  StartAt: 'Do',
  States: { Do: state, ...others },
});
/** Runs to the end and gives the history. */
async function historyOf(definition: Json, input: unknown = {}): Promise<sdk.HistoryEvent[]> {
  const execution = await states.start(definition, input);
  await states.outcome(execution);
  return states.history(execution);
}
const typesOf = (events: sdk.HistoryEvent[]) => events.map(({ type }) => type);

describe('the history', () => {
  test('of a task that is a function has the events of functions', async () => {
    const state = { Type: 'Task', Resource: functionArn('work'), TimeoutSeconds: 30, End: true };
    expect((await historyOf(single(state), { value: 1 })).slice(2, 5)).toMatchObject([
      {
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: {
          resource: functionArn('work'),
          input: '{"value":1}',
          inputDetails: { truncated: false },
          timeoutInSeconds: 30,
        },
      },
      { type: 'LambdaFunctionStarted' },
      {
        type: 'LambdaFunctionSucceeded',
        lambdaFunctionSucceededEventDetails: { output: '{"value":2}', outputDetails: { truncated: false } },
      },
    ]);
  });

  test('of a function that fails has its error and cause', async () => {
    const events = await historyOf(single({ Type: 'Task', Resource: functionArn('break'), End: true }));
    expect(events.find(({ type }) => type === 'LambdaFunctionFailed')).toMatchObject({
      lambdaFunctionFailedEventDetails: { error: 'NotSteady', cause: expect.stringContaining('NotSteady') },
    });
  });

  test('of a task has every step with its details', async () => {
    const events = await historyOf(single(task('work', { End: true, TimeoutSeconds: 30 })), { value: 1 });
    const lambda = { resourceType: 'lambda', resource: 'invoke' };
    const output = JSON.stringify({ ExecutedVersion: '$LATEST', Payload: { value: 2 }, StatusCode: 200 });
    const truncated = { truncated: false };
    expect(events).toMatchObject([
      {
        type: 'ExecutionStarted',
        executionStartedEventDetails: {
          input: '{"value":1}',
          inputDetails: truncated,
          roleArn: expect.stringContaining(':role/'),
        },
      },
      {
        type: 'TaskStateEntered',
        stateEnteredEventDetails: { name: 'Do', input: '{"value":1}', inputDetails: truncated },
      },
      {
        type: 'TaskScheduled',
        taskScheduledEventDetails: {
          ...lambda,
          region: 'us-east-1',
          parameters: JSON.stringify({ FunctionName: functionArn('work'), Payload: { value: 1 } }),
          timeoutInSeconds: 30,
        },
      },
      { type: 'TaskStarted', taskStartedEventDetails: lambda },
      { type: 'TaskSucceeded', taskSucceededEventDetails: { ...lambda, output, outputDetails: truncated } },
      {
        type: 'TaskStateExited',
        stateExitedEventDetails: { name: 'Do', output: '{"value":2}', outputDetails: truncated },
      },
      {
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: '{"value":2}', outputDetails: truncated },
      },
    ]);
  });

  test('numbers its events from 1, each after the one before', async () => {
    const events = await historyOf(single(task('work', { End: true })), { value: 1 });
    // As AWS has it, the first state does not follow from the start.
    expect(events.map(({ id, previousEventId }) => [id, previousEventId])).toEqual(
      events.map((_, index) => [index + 1, index === 1 ? 0 : index]),
    );
    const times = events.map(({ timestamp }) => timestamp?.getTime() ?? Number.NaN);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('of a token names the integration with its suffix, and what was submitted', async () => {
    const execution = await states.start(single(tokenTask({ End: true, HeartbeatSeconds: 600 })));
    const taskToken = await states.token(execution);
    await states.client.send(new sdk.SendTaskSuccessCommand({ taskToken, output: '7' }));
    await states.outcome(execution);
    const events = await states.history(execution);
    expect(typesOf(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    const resource = 'invoke.waitForTaskToken';
    expect(events.slice(2, 6)).toMatchObject([
      { taskScheduledEventDetails: { resource, heartbeatInSeconds: 600 } },
      { taskStartedEventDetails: { resource } },
      { taskSubmittedEventDetails: { resource } },
      { taskSucceededEventDetails: { resource, output: '7' } },
    ]);
  });

  test('of a time-out has the error and no cause', async () => {
    const events = await historyOf(single(tokenTask({ End: true, TimeoutSeconds: 2 })));
    expect(events.slice(-2)).toEqual([
      expect.objectContaining({
        type: 'TaskTimedOut',
        taskTimedOutEventDetails: {
          resourceType: 'lambda',
          resource: 'invoke.waitForTaskToken',
          error: 'States.Timeout',
        },
      }),
      expect.objectContaining({
        type: 'ExecutionFailed',
        executionFailedEventDetails: { error: 'States.Timeout' },
      }),
    ]);
  });

  test('of a task that is tried again shows each attempt', async () => {
    const Retry = [{ ErrorEquals: ['NotSteady'], MaxAttempts: 1 }];
    expect(typesOf(await historyOf(single(task('break', { Retry, End: true }))))).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      ...['TaskScheduled', 'TaskStarted', 'TaskFailed'],
      ...['TaskScheduled', 'TaskStarted', 'TaskFailed'],
      'ExecutionFailed',
    ]);
  });

  test('of a caught error leaves the state with the error as its output', async () => {
    const Catch = [{ ErrorEquals: ['NotSteady'], Next: 'Caught' }];
    const events = await historyOf(
      single(task('break', { Catch, End: true }), { Caught: { Type: 'Succeed' } }),
    );
    expect(typesOf(events).slice(4)).toEqual([
      'TaskFailed',
      'TaskStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    const exited = events[5]?.stateExitedEventDetails;
    expect(exited?.name).toBe('Do');
    expect(JSON.parse(exited?.output ?? '')).toMatchObject({ Error: 'NotSteady' });
  });

  test.each<[string, Json, string[]]>([
    ['Pass', { Type: 'Pass', End: true }, ['PassStateEntered', 'PassStateExited', 'ExecutionSucceeded']],
    [
      'Wait',
      { Type: 'Wait', Seconds: 1, End: true },
      ['WaitStateEntered', 'WaitStateExited', 'ExecutionSucceeded'],
    ],
    ['Fail', { Type: 'Fail', Error: 'Odd', Cause: 'x' }, ['FailStateEntered', 'ExecutionFailed']],
  ])('has a %s state under its own type', async (_type, state, types) => {
    expect(typesOf(await historyOf(single(state))).slice(1)).toEqual(types);
  });

  test('of a stopped execution ends with the stop, whatever its task still does', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    states.handlers.set('park-late', () => promise);
    const Parameters = { FunctionName: functionArn('park-late'), Payload: { 'token.$': '$$.Task.Token' } };
    const executionArn = await states.start(single(tokenTask({ Parameters, End: true })));
    await expect.poll(async () => typesOf(await states.history(executionArn))).toContain('TaskStarted');
    await states.client.send(new sdk.StopExecutionCommand({ executionArn }));
    const before = await states.history(executionArn);
    resolve();
    await new Promise((done) => setTimeout(done, 50));
    const after = await states.history(executionArn);
    expect(after).toEqual(before);
    expect(after.at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      previousEventId: 0,
      executionAbortedEventDetails: {},
    });
  });

  test('ends an execution that fills it', async () => {
    const execution = await states.start({
      StartAt: 'Round',
      States: {
        Round: {
          Type: 'Choice',
          Choices: [{ Variable: '$', IsPresent: true, Next: 'Round' }],
          Default: 'Never',
        },
        Never: { Type: 'Succeed' },
      },
    });
    expect(await states.outcome(execution)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    const { events } = await states.client.send(
      new sdk.GetExecutionHistoryCommand({ executionArn: execution, reverseOrder: true, maxResults: 1 }),
    );
    expect(events).toMatchObject([{ id: 25_000, type: 'ExecutionFailed' }]);
  });
});

describe('GetExecutionHistory', () => {
  let executionArn: string;
  beforeAll(async () => {
    executionArn = await states.start(single(task('work', { End: true })), { value: 1 });
    await states.outcome(executionArn);
  });
  const get = (input: Partial<sdk.GetExecutionHistoryCommandInput>) =>
    states.client.send(new sdk.GetExecutionHistoryCommand({ executionArn, ...input }));

  test('gives the newest first when asked to', async () => {
    const { events = [] } = await get({ reverseOrder: true });
    expect(events.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test('gives page after page', async () => {
    const pages: Array<Array<number | undefined>> = [];
    for await (const { events = [] } of sdk.paginateGetExecutionHistory(
      { client: states.client, pageSize: 3 },
      { executionArn },
    ))
      pages.push(events.map(({ id }) => id));
    expect(pages).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });
});
