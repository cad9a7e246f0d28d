import * as sdk from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { distributedMap, type MapStates, single, startMap } from './start-map.ts';
import { failure, type Json, task, tokenTask } from './start-states.ts';

let states: MapStates;
beforeAll(async () => {
  states = await startMap();
});
afterAll(() => states.close());

const processor = {
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
    Fine: { Type: 'Pass', Result: { fine: true }, End: true },
    Broken: { Type: 'Fail', Error: 'Broken', Cause: 'by design' },
    Hang: tokenTask({ End: true }),
  },
};
const reader = (Parameters: Record<string, unknown>, ReaderConfig = {}) => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSON', ...ReaderConfig },
    Parameters,
  },
});
const writer = (Prefix?: string) => ({
  ResultWriter: {
    Resource: 'arn:aws:states:::s3:putObject',
    Parameters: { Bucket: states.Bucket, ...(Prefix === undefined ? {} : { 'Prefix.$': Prefix }) },
  },
});
const item = { Type: 'Pass', End: true };

describe('an item reader', () => {
  test('takes the items of a JSON file', async () => {
    await states.put('lists/targets.json', ['a', 'b', 'c']);
    const from = reader({ Bucket: states.Bucket, 'Key.$': '$.key' });
    const { parsed, executionArn = '' } = await states.run(single(distributedMap(item, from)), {
      key: 'lists/targets.json',
    });
    expect(parsed).toEqual(['a', 'b', 'c']);
    // How many there are is not known when the state begins.
    expect((await states.history(executionArn))[2]).toMatchObject({
      mapStateStartedEventDetails: { length: 0 },
    });
  });

  test.each([{ MaxItems: 2 }, { MaxItemsPath: '$.most' }])('takes no more than %j', async (limit) => {
    await states.put('lists/targets.json', ['a', 'b', 'c']);
    const from = reader({ Bucket: states.Bucket, Key: 'lists/targets.json' }, limit);
    expect((await states.run(single(distributedMap(item, from)), { most: 2 })).parsed).toEqual(['a', 'b']);
  });

  test.each([
    ['of a key that is not there', 'lists/none.json', undefined, 'The specified key does not exist.'],
    ['that is no array', 'lists/object.json', '{"a":[1]}', 'Attempting to map over non-iterable node.'],
    ['that is no JSON', 'lists/text.json', 'a,b', 'not JSON'],
  ])('fails for a file %s, before any item', async (_which, Key, content, words) => {
    if (content !== undefined) await states.put(Key, content);
    const from = reader({ Bucket: states.Bucket, Key });
    const { status, error, cause, executionArn = '' } = await states.run(single(distributedMap(item, from)));
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.ItemReaderFailed' });
    expect(cause).toContain(words);
    const events = await states.history(executionArn);
    expect(events.slice(2).map(({ type }) => type)).toEqual([
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    expect(events[4]).toMatchObject({ mapRunFailedEventDetails: { error, cause } });
  });

  test('fails in a way that can be caught', async () => {
    const Catch = [{ ErrorEquals: ['States.ItemReaderFailed'], Next: 'Caught' }];
    const state = distributedMap(item, { ...reader({ Bucket: 'none', Key: 'x' }), Catch });
    expect((await states.run(single(state, { Caught: { Type: 'Succeed' } }))).parsed).toMatchObject({
      Error: 'States.ItemReaderFailed',
      Cause: expect.stringContaining('The specified bucket does not exist'),
    });
  });

  test('may read only what the role may', async () => {
    await states.put('secret.json', [1]);
    const role = await states.createRole('Blind', [
      states.allow('states:StartExecution'),
      states.allow('s3:GetObject', `arn:aws:s3:::${states.Bucket}/lists/*`),
    ]);
    for (const Key of ['secret.json', 'lists/none.json']) {
      const state = distributedMap(item, reader({ Bucket: states.Bucket, Key }));
      const { error, cause } = await states.run(single(state), {}, role);
      expect(error).toBe('States.ItemReaderFailed');
      // Who may not list the bucket is not told that there is no such key.
      expect(cause).toContain('is not authorized to perform: s3:');
    }
  });
});

describe('a result writer', () => {
  test('writes a manifest, and a file for each way to end', async () => {
    const state = distributedMap(processor, {
      ...writer('$.prefix'),
      ItemsPath: '$.items',
      ToleratedFailurePercentage: 100,
    });
    const input = { prefix: 'results', items: [{ end: 'ok' }, { end: 'fail' }, { end: 'ok', n: 2 }] };
    const { parsed, executionArn = '', stateMachineArn } = await states.run(single(state), input);
    const [run] = await states.mapRuns(executionArn);
    const folder = `results/${run?.mapRunArn?.split(':').at(-1)}`;
    const Key = `${folder}/manifest.json`;
    expect(parsed).toEqual({
      MapRunArn: run?.mapRunArn,
      ResultWriterDetails: { Bucket: states.Bucket, Key },
    });
    expect(run).toMatchObject({ status: 'SUCCEEDED', itemCounts: { resultsWritten: 3 } });
    expect(await states.keys(folder)).toEqual([`${folder}/FAILED_0.json`, `${folder}/SUCCEEDED_0.json`, Key]);
    expect(await states.read(Key)).toEqual({
      DestinationBucket: states.Bucket,
      MapRunArn: run?.mapRunArn,
      ResultFiles: {
        FAILED: [{ Key: `${folder}/FAILED_0.json`, Size: expect.any(Number) }],
        PENDING: [],
        SUCCEEDED: [{ Key: `${folder}/SUCCEEDED_0.json`, Size: expect.any(Number) }],
      },
    });
    const [failed] = await states.children(run?.mapRunArn, 'FAILED');
    expect(await states.read(`${folder}/FAILED_0.json`)).toEqual([
      {
        Cause: 'by design',
        Error: 'Broken',
        ExecutionArn: failed?.executionArn,
        Input: '{"end":"fail"}',
        InputDetails: { Included: true },
        Name: failed?.name,
        OutputDetails: { Included: true },
        RedriveCount: 0,
        RedriveStatus: 'REDRIVABLE',
        StartDate: failed?.startDate?.toISOString(),
        StateMachineArn: `${stateMachineArn}/each`,
        Status: 'FAILED',
        StopDate: failed?.stopDate?.toISOString(),
      },
    ]);
    expect(await states.read(`${folder}/SUCCEEDED_0.json`)).toMatchObject([
      {
        Input: '{"end":"ok"}',
        Output: '{"fine":true}',
        Status: 'SUCCEEDED',
        RedriveStatus: 'NOT_REDRIVABLE',
      },
      { Input: '{"end":"ok","n":2}', Output: '{"fine":true}', Status: 'SUCCEEDED' },
    ]);
  });

  test('keeps results that are larger than the output of a state', async () => {
    const items = Array.from({ length: 500 }, (_, id) => ({ id, text: 'x'.repeat(1000) }));
    await states.put('lists/large.json', items);
    const state = distributedMap(item, {
      ...reader({ Bucket: states.Bucket, Key: 'lists/large.json' }),
      ...writer(),
      MaxConcurrency: 40,
    });
    const { status, parsed } = await states.run(single(state));
    expect(status).toBe('SUCCEEDED');
    const { Key } = parsed.ResultWriterDetails;
    const { ResultFiles } = await states.read(Key);
    const written = await states.read(ResultFiles.SUCCEEDED[0].Key);
    expect(written.map(({ Output }: { Output: string }) => JSON.parse(Output))).toEqual(items);
    expect(Key).not.toContain('//');
  });

  test('tells of 500 targets of which 40 fail and 10 never answer', async () => {
    const targets = Array.from({ length: 500 }, (_, id) => ({
      id,
      end: id % 50 === 7 ? 'hang' : id % 10 === 3 && id < 400 ? 'fail' : 'ok',
    }));
    const expected = (end: string) => targets.filter((target) => target.end === end).map(({ id }) => id);
    expect([expected('hang').length, expected('fail').length]).toEqual([10, 40]);
    await states.put('lists/500.json', targets);
    states.handlers.set('check', ({ target, run }) => {
      if (target.end === 'fail') throw failure('Unreachable');
      return target.end === 'hang' ? new Promise(() => {}) : { target: target.id, run };
    });
    const state = distributedMap(task('check', { TimeoutSeconds: 60, End: true }), {
      ...reader({ Bucket: states.Bucket, 'Key.$': '$.list' }),
      ...writer("States.Format('checks/{}', $$.Execution.Name)"),
      ItemSelector: { 'target.$': '$$.Map.Item.Value', 'run.$': '$$.Execution.Name' },
      MaxConcurrency: 50,
      ToleratedFailurePercentage: 100,
      ResultPath: '$.checks',
    });
    const { parsed, name, executionArn = '' } = await states.run(single(state), { list: 'lists/500.json' });
    const { Key } = parsed.checks.ResultWriterDetails;
    expect(Key).toMatch(`checks/${name}/`);
    const { ResultFiles } = await states.read(Key);
    const succeeded = await states.read(ResultFiles.SUCCEEDED[0].Key);
    const failed: Json[] = await states.read(ResultFiles.FAILED[0].Key);
    expect(succeeded.map(({ Output }: Json) => JSON.parse(Output))).toEqual(
      expected('ok').map((id) => ({ target: id, run: name })),
    );
    const failedAs = (error: string) =>
      failed.filter((record) => record.Error === error).map(({ Input }) => JSON.parse(Input).target.id);
    expect(failedAs('Unreachable')).toEqual(expected('fail'));
    expect(failedAs('States.Timeout')).toEqual(expected('hang'));
    // The parent has no more events for 500 items than for one.
    expect(await states.history(executionArn)).toHaveLength(8);
  });

  test('writes what was done, and what was not begun, when too much failed', async () => {
    const state = distributedMap(processor, {
      ...writer('$.prefix'),
      ItemsPath: '$.items',
      MaxConcurrency: 2,
    });
    const items = [{ end: 'hang' }, { end: 'ok' }, { end: 'fail' }, { end: 'ok', later: true }];
    const { error, executionArn = '' } = await states.run(single(state), { prefix: 'failed/', items });
    expect(error).toBe('States.ExceedToleratedFailureThreshold');
    const [run] = await states.mapRuns(executionArn);
    const folder = `failed/${run?.mapRunArn?.split(':').at(-1)}`;
    expect(await states.read(`${folder}/FAILED_0.json`)).toMatchObject([
      { Status: 'ABORTED' },
      { Status: 'FAILED' },
    ]);
    expect(await states.read(`${folder}/PENDING_0.json`)).toMatchObject([
      { Status: 'PENDING', Input: '{"end":"ok","later":true}' },
    ]);
    expect((await states.read(`${folder}/manifest.json`)).ResultFiles.PENDING).toHaveLength(1);
  });

  test('writes them also when the parent is stopped', async () => {
    const state = distributedMap(processor, {
      ...writer('$.prefix'),
      ItemsPath: '$.items',
      MaxConcurrency: 1,
    });
    const input = { prefix: 'stopped', items: [{ end: 'hang' }, { end: 'ok' }] };
    const executionArn = await states.start(single(state), input);
    await expect.poll(async () => (await states.mapRuns(executionArn))[0]?.itemCounts?.running).toBe(1);
    await states.client.send(new sdk.StopExecutionCommand({ executionArn }));
    await expect.poll(() => states.keys('stopped')).toHaveLength(3);
  });

  test('fails where it may not write, when all is done', async () => {
    const role = await states.createRole('Mute', [states.allow('states:StartExecution')]);
    const state = distributedMap(item, writer());
    const { error, cause, executionArn = '' } = await states.run(single(state), [1], role);
    expect(error).toBe('States.ResultWriterFailed');
    expect(cause).toContain('is not authorized to perform: s3:PutObject');
    expect(await states.mapRuns(executionArn)).toMatchObject([
      { status: 'FAILED', itemCounts: { succeeded: 1, resultsWritten: 0 } },
    ]);
  });
});
