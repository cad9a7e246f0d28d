import * as sdk from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { single } from './start-map.ts';
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
  states = await startStates({ speed: 500 });
});
afterAll(() => states.close());

const inlineMap = (state: Json, more: Record<string, unknown> = {}): Json => ({
  Type: 'Map',
  ItemProcessor: {
    ProcessorConfig: { Mode: 'INLINE' },
    StartAt: 'Item',
    States: { Item: state },
  },
  End: true,
  ...more,
});
const typesOf = async (executionArn = '') => (await states.history(executionArn)).map(({ type }) => type);

test('an inline Map state has the output of each of 500 items, in their order', async () => {
  const items = Array.from({ length: 500 }, (_, id) => id);
  const state = inlineMap(
    { Type: 'Pass', End: true },
    { ItemsPath: '$.items', ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value' } },
  );
  const { parsed } = await states.run(single(state), { items });
  expect(parsed).toEqual(items.map((id) => ({ i: id, v: id })));
});

test.each([
  [undefined, 40],
  [0, 40],
  [3, 3],
  [100, 40],
])('an inline Map state with the limit %j runs %i iterations at a time', async (MaxConcurrency, expected) => {
  let running = 0;
  let largest = 0;
  const { promise: all, resolve: go } = Promise.withResolvers<void>();
  states.handlers.set('together', async () => {
    running += 1;
    largest = Math.max(largest, running);
    // Goes on only when as many run as may.
    if (running === expected) go();
    await all;
    running -= 1;
  });
  const state = inlineMap(
    task('together', { End: true }),
    MaxConcurrency === undefined ? {} : { MaxConcurrency },
  );
  await states.run(single(state), Array(90).fill({}));
  expect(largest).toBe(expected);
});

test('an inline Map state is told in the history with its iterations', async () => {
  const { executionArn } = await states.run(
    single(inlineMap({ Type: 'Pass', End: true }, { MaxConcurrency: 1 })),
    [1, 2],
  );
  const iteration = ['MapIterationStarted', 'PassStateEntered', 'PassStateExited', 'MapIterationSucceeded'];
  expect(await typesOf(executionArn)).toEqual([
    'ExecutionStarted',
    'MapStateEntered',
    'MapStateStarted',
    ...iteration,
    ...iteration,
    'MapStateSucceeded',
    'MapStateExited',
    'ExecutionSucceeded',
  ]);
  const events = await states.history(executionArn ?? '');
  expect(events[2]).toMatchObject({ mapStateStartedEventDetails: { length: 2 } });
  expect(events[7]).toMatchObject({ mapIterationStartedEventDetails: { name: 'Each', index: 1 } });
});

test('an inline Map state ends with the error of its first iteration that fails, and begins no other', async () => {
  const called: number[] = [];
  states.handlers.set('second', (n) => {
    called.push(n);
    if (n === 2) throw failure('Odd');
    return n;
  });
  const state = inlineMap(task('second', { End: true }), { MaxConcurrency: 1 });
  const { error, executionArn } = await states.run(single(state), [1, 2, 3]);
  expect({ error, called }).toEqual({ error: 'Odd', called: [1, 2] });
  expect((await typesOf(executionArn)).slice(-4)).toEqual([
    'TaskFailed',
    'MapIterationFailed',
    'MapStateFailed',
    'ExecutionFailed',
  ]);
});

test('an inline Map state abandons the other iterations when one fails, and can be caught', async () => {
  states.handlers.set('fail', () => {
    throw failure('Odd');
  });
  const which = {
    StartAt: 'Which',
    States: {
      Which: {
        Type: 'Choice',
        Choices: [{ Variable: '$', NumericEquals: 1, Next: 'Hang' }],
        Default: 'Fail',
      },
      Hang: tokenTask({ Next: 'Never' }),
      Never: { Type: 'Pass', End: true },
      Fail: task('fail', { End: true }),
    },
  };
  const state = {
    ...inlineMap({}),
    ItemProcessor: which,
    Catch: [{ ErrorEquals: ['Odd'], Next: 'Caught' }],
  };
  const caught = await states.run(single(state, { Caught: { Type: 'Succeed' } }), [1, 2]);
  expect(caught.parsed).toMatchObject({ Error: 'Odd' });
  const types = await typesOf(caught.executionArn);
  expect(types.filter((type) => /^Map/.test(type ?? ''))).toEqual([
    'MapStateEntered',
    'MapStateStarted',
    'MapIterationStarted',
    'MapIterationStarted',
    'MapIterationFailed',
    'MapIterationAborted',
    'MapStateFailed',
    'MapStateExited',
  ]);
  // A token of an abandoned iteration is not open any more.
  const taskToken = await states.token(caught.executionArn ?? '');
  await expect(
    states.client.send(new sdk.SendTaskSuccessCommand({ taskToken, output: '1' })),
  ).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

test('an iteration knows its item, and counts its own attempts', async () => {
  states.handlers.set('twice', ({ attempt, ...payload }) => {
    if (attempt === 0) throw failure('Transient');
    return { ...payload, attempt };
  });
  const Payload = {
    'index.$': '$$.Map.Item.Index',
    'value.$': '$$.Map.Item.Value',
    'attempt.$': '$$.State.RetryCount',
  };
  const state = task('twice', {
    Parameters: { FunctionName: functionArn('twice'), Payload },
    Retry: [{ ErrorEquals: ['Transient'], IntervalSeconds: 1 }],
    End: true,
  });
  expect((await states.run(single(inlineMap(state)), ['a', 'b'])).parsed).toEqual([
    { index: 0, value: 'a', attempt: 1 },
    { index: 1, value: 'b', attempt: 1 },
  ]);
});

test('inline Map states may be within each other, and take the items that their fields name', async () => {
  const inner = {
    Type: 'Map',
    Iterator: { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } },
    ItemsPath: '$.list',
    Parameters: { 'n.$': '$$.Map.Item.Value', 'of.$': '$.name' },
    ResultPath: '$.list',
    End: true,
  };
  const outer = inlineMap(inner, {
    InputPath: '$.all',
    ItemsPath: '$.each',
    ResultSelector: { 'first.$': '$[0]' },
  });
  const input = { all: { each: [{ name: 'x', list: [1, 2] }] } };
  expect((await states.run(single(outer), input)).parsed).toEqual({
    first: {
      name: 'x',
      list: [
        { n: 1, of: 'x' },
        { n: 2, of: 'x' },
      ],
    },
  });
});

test('a stop ends an inline Map state in the middle of its iterations', async () => {
  const execution = await states.start(
    single(inlineMap(tokenTask({ End: true }), { MaxConcurrency: 1 })),
    [1, 2],
  );
  const taskToken = await states.token(execution);
  await states.client.send(new sdk.StopExecutionCommand({ executionArn: execution }));
  await expect(
    states.client.send(new sdk.SendTaskSuccessCommand({ taskToken, output: '1' })),
  ).rejects.toMatchObject({ name: 'TaskTimedOut' });
  expect((await typesOf(execution)).at(-1)).toBe('ExecutionAborted');
});
