import { setImmediate } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { distributedMap, type MapStates, single, startMap } from './start-map.ts';
import { failure, type Json, task, tokenTask } from './start-states.ts';

let states: MapStates;
beforeAll(async () => {
  states = await startMap();
});
afterAll(() => states.close());

const pass = { Type: 'Pass', End: true };
/** Ends as its item says: `ok`, `fail`, or `hang` until its task times out, if ever. */
const asTold = (limit: { TimeoutSeconds?: number } = {}) => ({
  StartAt: 'Which',
  States: {
    Which: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.end', StringEquals: 'fail', Next: 'Broken' },
        { Variable: '$.end', StringEquals: 'hang', Next: 'Hang' },
      ],
      Default: 'Fine',
    },
    Fine: { Type: 'Pass', End: true },
    Broken: { Type: 'Fail', Error: 'Broken', Cause: 'by design' },
    Hang: tokenTask({ ...limit, End: true }),
  },
});
const ends = (ok: number, fail = 0, hang = 0) =>
  Array.from({ length: ok + fail + hang }, (_, id) => ({
    id,
    end: id < fail ? 'fail' : id < fail + hang ? 'hang' : 'ok',
  }));
const typesOf = (events: sdk.HistoryEvent[]) => events.map(({ type }) => type);

describe('a distributed Map state', () => {
  test('has the output of each item, in the order of the items', async () => {
    const state = distributedMap(pass, {
      ItemsPath: '$.items',
      ItemSelector: {
        'item.$': '$$.Map.Item.Value',
        'index.$': '$$.Map.Item.Index',
        'common.$': '$.common',
        'by.$': "States.Format('{}-{}', $$.Execution.Name, $$.Map.Item.Value)",
        'state.$': '$$.State.Name',
      },
      ResultPath: '$.results',
    });
    const { parsed, name } = await states.run(single(state), { items: ['a', 'b'], common: 7 });
    expect(parsed.results).toEqual([
      { item: 'a', index: 0, common: 7, by: `${name}-a`, state: 'Each' },
      { item: 'b', index: 1, common: 7, by: `${name}-b`, state: 'Each' },
    ]);
  });

  test.each([[[]], [[null]], [[[1], []]]])('takes the items %j of its whole input', async (items) => {
    expect((await states.run(single(distributedMap(pass)), items)).parsed).toEqual(items);
  });

  test('gives its items in batches', async () => {
    const state = distributedMap(pass, {
      ItemsPath: '$.items',
      ItemBatcher: { MaxItemsPerBatchPath: '$.size', BatchInput: { 'for.$': '$.for' } },
    });
    const { parsed, executionArn = '' } = await states.run(single(state), {
      items: [1, 2, 3],
      size: 2,
      for: 'x',
    });
    expect(parsed).toEqual([
      { BatchInput: { for: 'x' }, Items: [1, 2] },
      { BatchInput: { for: 'x' }, Items: [3] },
    ]);
    expect(await states.mapRuns(executionArn)).toMatchObject([
      { itemCounts: { total: 3, succeeded: 3 }, executionCounts: { total: 2, succeeded: 2 } },
    ]);
  });

  test('is told in the history as its Map Run, and not by its iterations', async () => {
    const { executionArn = '' } = await states.run(single(distributedMap(pass)), [1, 2]);
    const events = await states.history(executionArn);
    expect(typesOf(events)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
    const [run] = await states.mapRuns(executionArn);
    expect(events[2]).toMatchObject({ mapStateStartedEventDetails: { length: 2 } });
    expect(events[3]).toMatchObject({ mapRunStartedEventDetails: { mapRunArn: run?.mapRunArn } });
  });

  test('runs its items as executions of their own, with a history of their own', async () => {
    const { executionArn = '', stateMachineArn = '' } = await states.run(single(distributedMap(pass)), ['x']);
    const { mapRuns } = await states.client.send(new sdk.ListMapRunsCommand({ executionArn }));
    const mapRunArn = mapRuns?.[0]?.mapRunArn ?? '';
    expect(mapRuns).toMatchObject([{ executionArn, stateMachineArn: `${stateMachineArn}/each` }]);
    expect(mapRunArn).toMatch(`${stateMachineArn.replace(':stateMachine:', ':mapRun:')}/each:`);
    const [child] = await states.children(mapRunArn);
    expect(child).toMatchObject({ mapRunArn, itemCount: 1, stateMachineArn: `${stateMachineArn}/each` });
    expect(child?.executionArn).toMatch(`${stateMachineArn.replace(':stateMachine:', ':execution:')}/each:`);
    expect(await states.outcome(child?.executionArn ?? '')).toMatchObject({
      mapRunArn,
      input: '"x"',
      parsed: 'x',
    });
    expect(typesOf(await states.history(child?.executionArn ?? ''))).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
    const { executions } = await states.client.send(new sdk.ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toHaveLength(1);
    expect(
      states.events.filter(({ detail }) => detail.stateMachineArn === `${stateMachineArn}/each`),
    ).toHaveLength(2);
  });

  test('gives its tasks the role, the context and the tokens of the child execution', async () => {
    states.handlers.set('context', (payload) => payload);
    const state = task('context', {
      Parameters: {
        FunctionName: 'arn:aws:lambda:us-east-1:123456789012:function:context',
        Payload: { 'execution.$': '$$.Execution.Id', 'item.$': '$' },
      },
      End: true,
    });
    const { parsed, executionArn = '' } = await states.run(single(distributedMap(state)), [1]);
    const [run] = await states.mapRuns(executionArn);
    const [child] = await states.children(run?.mapRunArn);
    expect(parsed).toEqual([{ execution: child?.executionArn, item: 1 }]);

    const waiting = await states.start(single(distributedMap(tokenTask({ End: true }))), [1]);
    await expect.poll(async () => (await states.mapRuns(waiting))[0]?.itemCounts?.running).toBe(1);
    const [started] = await states.children((await states.mapRuns(waiting))[0]?.mapRunArn);
    const taskToken = await states.token(started?.executionArn ?? '');
    await states.client.send(new sdk.SendTaskSuccessCommand({ taskToken, output: '"done"' }));
    expect((await states.outcome(waiting)).parsed).toEqual(['done']);
  });

  test.each([
    [3, {}],
    [3, { MaxConcurrency: undefined, MaxConcurrencyPath: '$.limit' }],
  ])('runs no more than %i executions at a time, and no fewer (%j)', async (limit, more) => {
    let running = 0;
    let largest = 0;
    let waiting: Array<() => void> = [];
    states.handlers.set('together', async () => {
      running += 1;
      largest = Math.max(largest, running);
      // Goes on only when as many run as may.
      await new Promise<void>((go) => {
        waiting.push(go);
        if (waiting.length < limit) return;
        for (const one of waiting) one();
        waiting = [];
      });
      await setImmediate();
      running -= 1;
    });
    const state = distributedMap(task('together', { End: true }), {
      ItemsPath: '$.items',
      MaxConcurrency: limit,
      ...more,
    });
    const { status, executionArn = '' } = await states.run(single(state), {
      items: Array(12).fill({}),
      limit,
    });
    expect({ status, largest }).toEqual({ status: 'SUCCEEDED', largest: limit });
    expect(await states.mapRuns(executionArn)).toMatchObject([{ maxConcurrency: limit }]);
  });

  test('fails with States.Runtime where a path gives no such number or array', async () => {
    const cases: Array<[Record<string, unknown>, Json, string]> = [
      [{ ItemsPath: '$.items', MaxConcurrencyPath: '$.n' }, { items: [], n: -1 }, 'MaxConcurrencyPath'],
      [{ ToleratedFailurePercentagePath: '$.n', ItemsPath: '$.items' }, { items: [], n: 101 }, '0 to 100'],
      [{ ItemsPath: '$.items' }, { items: 'a' }, 'must point to array'],
      [{ ItemsPath: '$.items' }, {}, '$.items'],
    ];
    for (const [more, input, words] of cases)
      expect(await states.run(single(distributedMap(pass, more)), input)).toMatchObject({
        status: 'FAILED',
        error: 'States.Runtime',
        cause: expect.stringContaining(words),
      });
  });

  test('fails where an item, or all results together, are larger than 256 KiB', async () => {
    const large = 'x'.repeat(200_000);
    const exceeded = { status: 'FAILED', error: 'States.DataLimitExceeded' };
    const selector = { ItemSelector: { 'a.$': '$$.Map.Item.Value', 'b.$': '$$.Map.Item.Value' } };
    expect(await states.run(single(distributedMap(pass, selector)), [large])).toMatchObject(exceeded);
    states.handlers.set('large', () => large);
    const state = distributedMap(task('large', { End: true }), {
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
    });
    expect(await states.run(single(state, { Caught: { Type: 'Succeed' } }), [1, 2])).toMatchObject(exceeded);
  });

  test('is tried again as a new Map Run, of all its items', async () => {
    let calls = 0;
    states.handlers.set('second', () => {
      calls += 1;
      if (calls === 1) throw failure('Transient');
      return calls;
    });
    const state = distributedMap(task('second', { End: true }), {
      Retry: [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], IntervalSeconds: 1 }],
    });
    const { parsed, executionArn = '' } = await states.run(single(state), [1]);
    expect(parsed).toEqual([2]);
    expect((await states.mapRuns(executionArn)).map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED']);
  });

  test('may be within another one, and within a Parallel state', async () => {
    const inner = distributedMap(pass, { Label: 'inner' });
    const outer = {
      StartAt: 'Both',
      States: { Both: distributedMap({ StartAt: 'In', States: { In: inner } }) },
    };
    const parallel = { Type: 'Parallel', Branches: [outer], End: true };
    expect((await states.run(single(parallel), [[1], [2, 3]])).parsed).toEqual([[[1], [2, 3]]]);
  });
});

describe('of many items some fail', () => {
  const five = ends(450, 40, 10);

  test('and the others are done all the same, where that is tolerated', async () => {
    const state = distributedMap(asTold({ TimeoutSeconds: 60 }), {
      ToleratedFailurePercentage: 100,
      MaxConcurrency: 100,
    });
    const { status, parsed, executionArn = '' } = await states.run(single(state), five);
    expect(status).toBe('SUCCEEDED');
    expect(parsed).toHaveLength(500);
    expect(parsed[499]).toEqual(five[499]);
    expect(parsed[0]).toMatchObject({
      Status: 'FAILED',
      Error: 'Broken',
      Cause: 'by design',
      RedriveCount: 0,
    });
    expect(parsed[40]).toMatchObject({ Status: 'FAILED', Error: 'States.Timeout' });
    const [run] = await states.mapRuns(executionArn);
    const counts = {
      pending: 0,
      running: 0,
      succeeded: 450,
      failed: 50,
      timedOut: 0,
      aborted: 0,
      total: 500,
    };
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      toleratedFailurePercentage: 100,
      itemCounts: { ...counts, resultsWritten: 500 },
      executionCounts: { ...counts, resultsWritten: 500 },
    });
    expect(await states.children(run?.mapRunArn)).toHaveLength(500);
    expect(await states.children(run?.mapRunArn, 'FAILED')).toHaveLength(50);
  });

  test.each([
    ['by default', {}, ends(1, 1)],
    ['by number', { ToleratedFailureCount: 2 }, ends(5, 3)],
    ['by number from the input', { ToleratedFailureCountPath: '$.most', ItemsPath: '$.items' }, ends(5, 3)],
    ['by percentage', { ToleratedFailurePercentage: 10 }, ends(8, 2)],
    ['by either', { ToleratedFailureCount: 1, ToleratedFailurePercentage: 100 }, ends(8, 2)],
  ])('and the state fails when they are too many %s', async (_how, more, items) => {
    const input = 'ItemsPath' in more ? { items, most: 2 } : items;
    const {
      status,
      error,
      cause,
      executionArn = '',
    } = await states.run(single(distributedMap(asTold(), { ...more, MaxConcurrency: 1 })), input);
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    });
    expect(typesOf(await states.history(executionArn)).slice(4)).toEqual([
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    const [run] = await states.mapRuns(executionArn);
    expect(run).toMatchObject({
      status: 'FAILED',
      itemCounts: { failed: items.filter(({ end }) => end === 'fail').length },
    });
    // Those that would have come after it are not started.
    expect(run?.itemCounts?.pending).toBe(items.filter(({ end }) => end === 'ok').length);
  });

  test('and those that still run are stopped', async () => {
    const state = distributedMap(asTold(), { MaxConcurrency: 10 });
    const { executionArn = '' } = await states.run(single(state), [
      { end: 'hang' },
      { end: 'hang' },
      { end: 'fail' },
    ]);
    const [run] = await states.mapRuns(executionArn);
    expect(run).toMatchObject({ itemCounts: { aborted: 2, failed: 1, running: 0 } });
    expect(await states.children(run?.mapRunArn, 'ABORTED')).toHaveLength(2);
  });

  test('and the error is caught by its name', async () => {
    const Catch = [{ ErrorEquals: ['States.ExceedToleratedFailureThreshold'], Next: 'Caught' }];
    const state = distributedMap(asTold(), { Catch });
    const { parsed } = await states.run(single(state, { Caught: { Type: 'Succeed' } }), ends(0, 1));
    expect(parsed).toMatchObject({ Error: 'States.ExceedToleratedFailureThreshold' });
  });
});

describe('a stop of the parent', () => {
  test('stops the child executions, and starts no others', async () => {
    const state = distributedMap(tokenTask({ End: true }), { MaxConcurrency: 2 });
    const executionArn = await states.start(single(state), [1, 2, 3]);
    await expect.poll(async () => (await states.mapRuns(executionArn))[0]?.itemCounts?.running).toBe(2);
    await states.client.send(new sdk.StopExecutionCommand({ executionArn }));
    await expect
      .poll(async () => (await states.mapRuns(executionArn))[0])
      .toMatchObject({ status: 'ABORTED', itemCounts: { aborted: 2, pending: 1, running: 0 } });
    expect(await states.outcome(executionArn)).toMatchObject({ status: 'ABORTED' });
  });

  test('of one child alone is no failure', async () => {
    const executionArn = await states.start(single(distributedMap(tokenTask({ End: true }))), [1]);
    await expect.poll(async () => (await states.mapRuns(executionArn))[0]?.itemCounts?.running).toBe(1);
    const [child] = await states.children((await states.mapRuns(executionArn))[0]?.mapRunArn);
    await states.client.send(
      new sdk.StopExecutionCommand({ executionArn: child?.executionArn, error: 'Manual' }),
    );
    expect((await states.outcome(executionArn)).parsed).toMatchObject([
      { Status: 'ABORTED', Error: 'Manual' },
    ]);
  });
});

describe('express child executions', () => {
  const express = (processor: Json, more = {}) => single(distributedMap(processor, more, 'EXPRESS'));

  test('are counted, but neither listed nor announced', async () => {
    const { parsed, executionArn = '', stateMachineArn } = await states.run(express(pass), [1, 2]);
    expect(parsed).toEqual([1, 2]);
    const [run] = await states.mapRuns(executionArn);
    expect(run).toMatchObject({ itemCounts: { succeeded: 2 } });
    await expect(states.children(run?.mapRunArn)).rejects.toMatchObject({
      name: 'StateMachineTypeNotSupported',
    });
    expect(
      states.events.filter(({ detail }) => detail.stateMachineArn === `${stateMachineArn}/each`),
    ).toEqual([]);
  });

  test('time out after five minutes', async () => {
    const wait = { Type: 'Wait', Seconds: 400, End: true };
    const { parsed, executionArn = '' } = await states.run(express(wait, { ToleratedFailureCount: 1 }), [1]);
    expect(parsed).toMatchObject([{ Status: 'TIMED_OUT' }]);
    expect(parsed[0].ExecutionArn).toContain(':express:');
    expect(await states.mapRuns(executionArn)).toMatchObject([{ itemCounts: { timedOut: 1 } }]);
  });
});

describe('the role', () => {
  test('must be allowed to start executions of its own state machine', async () => {
    const role = await states.createRole('Idle', [states.allow('states:StopExecution')]);
    const {
      status,
      error,
      cause,
      stateMachineArn,
      executionArn = '',
    } = await states.run(single(distributedMap(pass)), [1], role);
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Permissions' });
    expect(cause).toContain(
      `not authorized to perform: states:StartExecution on resource: ${stateMachineArn} `,
    );
    expect(await states.mapRuns(executionArn)).toMatchObject([
      { status: 'FAILED', itemCounts: { total: 0 } },
    ]);
  });

  test('needs nothing else', async () => {
    const role = await states.createRole('Starter', [
      states.allow('states:StartExecution', 'arn:aws:states:*:*:stateMachine:*'),
    ]);
    const definition = single(distributedMap(pass));
    expect(await states.run(definition, [1], role)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('the API', () => {
  test('refuses what is not there, and both lists at once', async () => {
    const send = states.client;
    const arn = 'arn:aws:states:us-east-1:123456789012:mapRun:none/each:none';
    await expect(send.send(new sdk.DescribeMapRunCommand({ mapRunArn: arn }))).rejects.toMatchObject({
      name: 'ResourceNotFound',
    });
    await expect(
      send.send(new sdk.ListExecutionsCommand({ mapRunArn: arn, stateMachineArn: arn })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(send.send(new sdk.ListExecutionsCommand({}))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('is allowed by Map Run, and by execution', async () => {
    const { executionArn = '' } = await states.run(single(distributedMap(pass)), [1]);
    const [run] = await states.mapRuns(executionArn);
    const client = new sdk.SFNClient(
      states.clientOf('looker', [
        states.allow('states:ListExecutions', 'arn:aws:states:*:*:mapRun:*'),
        states.allow('states:ListMapRuns', executionArn),
      ]),
    );
    await client.send(new sdk.ListExecutionsCommand({ mapRunArn: run?.mapRunArn }));
    await client.send(new sdk.ListMapRunsCommand({ executionArn }));
    await expect(
      client.send(new sdk.DescribeMapRunCommand({ mapRunArn: run?.mapRunArn })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    client.destroy();
  });
});
