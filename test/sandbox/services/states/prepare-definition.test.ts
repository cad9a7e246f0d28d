import { describe, expect, test } from 'vitest';
import { prepareDefinition } from '../../../../sandbox/services/states/prepare-definition.ts';
import { distributedMap } from './start-map.ts';
import { type Json, task, tokenTask } from './start-states.ts';

const item = { Type: 'Pass', End: true };
const reader = (more: Record<string, unknown> = {}) => ({
  Resource: 'arn:aws:states:::s3:getObject',
  ReaderConfig: { InputType: 'JSON' },
  Parameters: { Bucket: 'b', Key: 'k' },
  ...more,
});
const writer = (more: Record<string, unknown> = {}) => ({
  Resource: 'arn:aws:states:::s3:putObject',
  Parameters: { Bucket: 'b' },
  ...more,
});
const single = (state: Json, more: Record<string, Json> = {}) => ({
  StartAt: 'Do',
  States: { Do: { ...state, End: true } },
  ...more,
});

describe('a definition is refused', () => {
  test.each<[string, Json, string]>([
    ['in another query language', single(task('f'), { QueryLanguage: 'JSONata' }), 'JSONata'],
    [
      'that names a state that is not there',
      { StartAt: 'Do', States: { Do: { Type: 'Pass', Next: 'Gone' } } },
      'Gone',
    ],
    ['that has no state to start at', { StartAt: 'Gone', States: { Do: { Type: 'Succeed' } } }, 'Gone'],
    [
      'with States.TaskFailed',
      single(task('f', { Retry: [{ ErrorEquals: ['States.TaskFailed'] }] })),
      'States.TaskFailed',
    ],
    [
      'with a part of the context within a text',
      single(task('f', { Parameters: { 'Payload.$': "States.Format('{}', $$.Task.Token)" } })),
      '$$.Task.Token',
    ],
    [
      'with a heartbeat from the input',
      single(tokenTask({ HeartbeatSecondsPath: '$.heartbeat' })),
      "the state 'Do' reads a time-out from its input",
    ],
    [
      'with a time-out from an input that its parameters hide',
      single(task('f', { TimeoutSecondsPath: '$.limit' })),
      "the state 'Do' reads a time-out from its input",
    ],
    [
      'with the item of a Map state outside of its selector',
      single(distributedMap(task('f', { Parameters: { 'Payload.$': '$$.Map.Item.Value' }, End: true }))),
      "the state 'Item' uses '$$.Map'",
    ],
    [
      'with the input of the execution in a branch',
      single({
        Type: 'Parallel',
        Branches: [
          { StartAt: 'In', States: { In: { Type: 'Pass', InputPath: '$$.Execution.Input', End: true } } },
        ],
      }),
      "the state 'In' uses '$$.Execution.Input'",
    ],
    ...Object.entries({
      ItemReader: reader(),
      ItemBatcher: { MaxItemsPerBatch: 2 },
      ResultWriter: writer(),
      Label: 'each',
      ToleratedFailureCount: 1,
      ToleratedFailurePercentagePath: '$.most',
    }).map(([field, value]): [string, Json, string] => [
      `with ${field} in an inline Map state`,
      single({ Type: 'Map', ItemProcessor: { StartAt: 'In', States: { In: item } }, [field]: value }),
      `is inline, and cannot have ${field}`,
    ]),
    ...[
      [{ Parameters: { 'a.$': '$' } }, 'ItemSelector is the same'],
      [{ ItemReader: reader({ Resource: 'arn:aws:states:::s3:listObjectsV2' }) }, 's3:listObjectsV2'],
      [{ ItemReader: reader({ ReaderConfig: { InputType: 'CSV' } }) }, 'of the type CSV'],
      [{ ItemReader: reader({ ReaderConfig: undefined }) }, 'of the type undefined'],
      [
        { ItemReader: reader({ ReaderConfig: { InputType: 'JSON', ItemsPointer: '/a' } }) },
        'ReaderConfig.ItemsPointer',
      ],
      [{ ItemReader: reader({ Parameters: { Bucket: 'b', Key: 'k', 'VersionId.$': '$.v' } }) }, 'VersionId'],
      [{ ItemReader: reader(), ItemsPath: '$.items' }, 'both ItemReader and ItemsPath'],
      [{ ItemBatcher: { BatchInput: {} } }, 'needs a limit'],
      [{ ResultWriter: writer({ WriterConfig: { OutputType: 'JSON' } }) }, 'ResultWriter.WriterConfig'],
      [{ ResultWriter: writer({ Resource: 'arn:aws:states:::s3:copyObject' }) }, 's3:copyObject'],
      [{ ItemSelector: { 'a.$': '$$.Execution.Input' } }, '$$.Execution.Input'],
      [{ ItemSelector: { 'a.$': "States.Format('{}', $$.State.Name)" } }, '$$.State.Name'],
      [{ Retry: [{ ErrorEquals: ['States.TaskFailed'] }] }, 'States.TaskFailed'],
      [{ Label: 'a b' }, "the label 'a b'"],
      [{ Label: 'x'.repeat(41) }, 'is not valid'],
    ].map(([more, words]): [string, Json, string] => [
      `with a distributed Map state that has ${JSON.stringify(more)}`,
      single(distributedMap(item, more as Record<string, unknown>)),
      words as string,
    ]),
    [
      'with one label for two Map states',
      single({
        Type: 'Parallel',
        Branches: ['One', 'Two'].map((name) => ({
          StartAt: name,
          States: { [name]: distributedMap({ StartAt: `Of${name}`, States: { [`Of${name}`]: item } }) },
        })),
      }),
      "the label 'each' is that of two Map states",
    ],
    ...[
      [tokenTask({ End: true }), '.waitForTaskToken'],
      [distributedMap({ StartAt: 'In', States: { In: item } }, { Label: 'inner' }), 'DISTRIBUTED'],
    ].map(([state, words]): [string, Json, string] => [
      `with ${words} in an express workflow`,
      single(distributedMap(state, {}, 'EXPRESS')),
      words,
    ]),
  ])('%s', (_which, definition, words) => {
    expect(() => prepareDefinition(definition, 1)).toThrow(words);
  });
});

describe('a definition is prepared', () => {
  test('with the states of branches', () => {
    const inner = (name: string) => ({ StartAt: name, States: { [name]: task('f', { End: true }) } });
    const { states } = prepareDefinition(
      {
        StartAt: 'Both',
        States: {
          Both: { Type: 'Parallel', Branches: [inner('Left'), inner('Right')], Next: 'Each' },
          Each: { Type: 'Map', ItemProcessor: inner('Item'), End: true },
        },
      },
      1,
    );
    expect([...states.keys()]).toEqual(['Left', 'Right', 'Each']);
  });

  test.each([
    [
      'distributed',
      distributedMap(task('f', { End: true })),
      { mode: 'DISTRIBUTED', label: 'each', type: 'STANDARD' },
    ],
    [
      'inline',
      { Type: 'Map', Iterator: { StartAt: 'Item', States: { Item: task('f', { End: true }) } } },
      { mode: 'INLINE' },
    ],
  ])('apart from what %s Map states run, which are definitions of their own', (_mode, state, expected) => {
    const { definition, states, maps } = prepareDefinition(single(state), 1);
    expect([...states.keys()]).toEqual(['Do']);
    expect(definition.States.Do).toMatchObject({ Type: 'Task', End: true });
    expect(maps.get('Do')).toMatchObject(expected);
    expect([...(maps.get('Do')?.processor.prepared.states.keys() ?? [])]).toEqual(['Item']);
  });

  test.each([1, 60])('with pauses between retries for a clock of speed %i', (speed) => {
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 30, MaxDelaySeconds: 120 }];
    const { definition, states } = prepareDefinition(single(task('f', { Retry })), speed);
    expect(definition.States.Do.Retry).toMatchObject([
      { IntervalSeconds: 30 / speed, MaxDelaySeconds: 120 / speed },
    ]);
    expect(states.get('Do').Retry).toEqual(Retry);
  });
});
