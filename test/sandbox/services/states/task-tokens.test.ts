import * as sdk from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { type States, startStates, tokenTask } from './start-states.ts';

let states: States;
beforeAll(async () => {
  // Fast enough that time-outs of some seconds do not keep a test waiting.
  states = await startStates({ speed: 50 });
});
afterAll(() => states.close());

const waiting = (more: Record<string, unknown> = {}) => ({
  StartAt: 'Wait',
  States: { Wait: tokenTask({ End: true, ...more }) },
});
const succeed = (taskToken: string, output = '{"by":"me"}') =>
  states.client.send(new sdk.SendTaskSuccessCommand({ taskToken, output }));
const fail = (taskToken: string, error = 'Refused', cause = 'not today') =>
  states.client.send(new sdk.SendTaskFailureCommand({ taskToken, error, cause }));
const beat = (taskToken: string) => states.client.send(new sdk.SendTaskHeartbeatCommand({ taskToken }));

describe('a task token', () => {
  test('gives the task its output', async () => {
    const execution = await states.start(waiting());
    await succeed(await states.token(execution));
    expect(await states.outcome(execution)).toMatchObject({ status: 'SUCCEEDED', parsed: { by: 'me' } });
  });

  test('gives the task its error', async () => {
    const execution = await states.start(waiting());
    await fail(await states.token(execution));
    expect(await states.outcome(execution)).toMatchObject({
      status: 'FAILED',
      error: 'Refused',
      cause: 'not today',
    });
  });

  test.each([
    ['success', () => succeed],
    ['failure', () => fail],
    ['heartbeat', () => beat],
  ])('that was answered takes no %s any more', async (_what, answer) => {
    const execution = await states.start(waiting());
    const token = await states.token(execution);
    await succeed(token);
    expect(await errorName(answer()(token))).toBe('TaskTimedOut');
    expect(await states.outcome(execution)).toMatchObject({ status: 'SUCCEEDED', parsed: { by: 'me' } });
  });

  test('that comes after the time-out is told so', async () => {
    const execution = await states.start(waiting({ TimeoutSeconds: 5 }));
    const token = await states.token(execution);
    await states.outcome(execution);
    await expect(succeed(token)).rejects.toMatchObject({
      name: 'TaskTimedOut',
      message: "Task Timed Out: 'Provided task does not exist anymore'",
    });
  });

  test('of a stopped execution is told so', async () => {
    const executionArn = await states.start(waiting());
    const token = await states.token(executionArn);
    await states.client.send(new sdk.StopExecutionCommand({ executionArn }));
    expect(await errorName(succeed(token))).toBe('TaskTimedOut');
  });

  test('of an earlier attempt does not answer the next', async () => {
    const retried = { TimeoutSeconds: 40, Retry: [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1 }] };
    const execution = await states.start(waiting(retried));
    const first = await states.token(execution);
    const second = await states.token(execution, 1);
    expect(await errorName(succeed(first))).toBe('TaskTimedOut');
    await succeed(second, '2');
    expect(await states.outcome(execution)).toMatchObject({ status: 'SUCCEEDED', parsed: 2 });
  });

  test.each([
    ['success', () => succeed],
    ['failure', () => fail],
    ['heartbeat', () => beat],
  ])('that nobody issued is invalid for a %s', async (_what, answer) => {
    expect(await errorName(answer()('AQCEAAAAKgAAAAMAAAAA'))).toBe('InvalidToken');
  });

  test('stays open when the output is no JSON', async () => {
    const execution = await states.start(waiting());
    const token = await states.token(execution);
    expect(await errorName(succeed(token, 'not json'))).toBe('InvalidOutput');
    await succeed(token);
    expect(await states.outcome(execution)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('stays open when the output is larger than a state may be', async () => {
    const execution = await states.start(waiting());
    const token = await states.token(execution);
    expect(await errorName(succeed(token, JSON.stringify('x'.repeat(262_143))))).toBe('ValidationException');
    await succeed(token, JSON.stringify('x'.repeat(262_142)));
    expect(await states.outcome(execution)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('may be answered only by who may', async () => {
    const execution = await states.start(waiting());
    const token = await states.token(execution);
    const stranger = new sdk.SFNClient(states.clientOf('stranger', []));
    const refused = stranger.send(new sdk.SendTaskSuccessCommand({ taskToken: token, output: '1' }));
    expect(await errorName(refused)).toBe('AccessDeniedException');
    stranger.destroy();
    await succeed(token);
    await states.outcome(execution);
  });
});

describe('a heartbeat', () => {
  const reason = async (execution: string) => {
    const { status, error } = await states.outcome(execution);
    return [status, error];
  };

  test('that is missing times the task out', async () => {
    const execution = await states.start(waiting({ HeartbeatSeconds: 5, TimeoutSeconds: 3600 }));
    expect(await reason(execution)).toEqual(['FAILED', 'States.Timeout']);
  });

  test('keeps the task alive for longer than one heartbeat, but not beyond the last', async () => {
    const execution = await states.start(waiting({ HeartbeatSeconds: 50 }));
    const token = await states.token(execution);
    const started = states.machine.clock.now();
    for (let count = 0; count < 5; count += 1) {
      await states.machine.clock.sleep(12_000);
      await beat(token);
    }
    expect(states.machine.clock.now() - started).toBeGreaterThan(55_000);
    expect(await reason(execution)).toEqual(['FAILED', 'States.Timeout']);
  });

  test('does not postpone the time-out of the task', async () => {
    const execution = await states.start(waiting({ HeartbeatSeconds: 9, TimeoutSeconds: 10 }));
    const token = await states.token(execution);
    const beating = setInterval(() => void beat(token).catch(() => {}), 20);
    expect(await reason(execution)).toEqual(['FAILED', 'States.Timeout']);
    clearInterval(beating);
  });

  test.each([
    ['States.Timeout', 'States.Timeout'],
    ['States.HeartbeatTimeout', 'States.HeartbeatTimeout'],
    ['States.ALL', 'States.Timeout'],
  ])('that is missing is caught as %s', async (ErrorEquals, error) => {
    const { parsed } = await states.run({
      StartAt: 'Wait',
      States: {
        Wait: tokenTask({
          HeartbeatSeconds: 2,
          End: true,
          Catch: [{ ErrorEquals: [ErrorEquals], Next: 'Caught' }],
        }),
        Caught: { Type: 'Succeed' },
      },
    });
    expect(parsed).toEqual({ Error: error, Cause: '' });
  });
});
