import { describe, expect, test } from 'vitest';
import { prepareDefinition } from '../../../../sandbox/services/states/prepare-definition.ts';
import { type Json, task, tokenTask } from './start-states.ts';

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
  ])('%s', (_which, definition, words) => {
    expect(() => prepareDefinition(definition, 1)).toThrow(words);
  });
});

describe('a definition is prepared', () => {
  test('with the states of branches and iterations', () => {
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
    expect([...states.keys()]).toEqual(['Left', 'Right', 'Item']);
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
