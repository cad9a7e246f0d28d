import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../../../sandbox/contract.ts';
import {
  failure,
  functionArn,
  type Handler,
  type Json,
  type States,
  startStates,
  task,
} from './start-states.ts';

let states: States;
beforeAll(async () => {
  states = await startStates({ speed: 50 });
});
afterAll(() => states.close());

let functions = 0;
/** A function by a name that no other test uses. */
function define(handler: Handler): string {
  const name = `function-${functions++}`;
  states.handlers.set(name, handler);
  return name;
}
const single = (state: Json, others: Record<string, Json> = {}) => ({
  StartAt: 'Do',
  States: { Do: state, ...others },
});

/** Fails as often as there are errors, then answers how often it was called. */
function failing(...errors: string[]) {
  const calls: number[] = [];
  const name = define(() => {
    calls.push(states.machine.clock.now());
    const error = errors[calls.length - 1];
    if (error !== undefined) throw failure(error);
    return calls.length;
  });
  return { name, calls };
}
const retry = (ErrorEquals: string[], more: Record<string, unknown> = {}) => ({
  Retry: [{ ErrorEquals, IntervalSeconds: 1, BackoffRate: 1, ...more }],
  End: true,
});

describe('a task', () => {
  test("calls the function with its payload and has the function's answer", async () => {
    const name = define(({ value }) => ({ doubled: value * 2 }));
    expect(await states.run(single(task(name, { End: true })), { value: 21 })).toMatchObject({
      status: 'SUCCEEDED',
      parsed: { doubled: 42 },
    });
  });

  test('answers as the Lambda integration does', async () => {
    const name = define(() => 'done');
    const { parsed } = await states.run(single(task(name, { OutputPath: '$', End: true })));
    expect(parsed).toEqual({ ExecutedVersion: '$LATEST', Payload: 'done', StatusCode: 200 });
  });

  test('knows its execution and itself', async () => {
    const name = define((payload) => payload);
    const Parameters = {
      FunctionName: functionArn(name),
      Payload: {
        'state.$': '$$.State.Name',
        'entered.$': '$$.State.EnteredTime',
        'execution.$': '$$.Execution.Id',
        'started.$': '$$.Execution.StartTime',
      },
    };
    const { parsed, executionArn, startDate } = await states.run(
      single(task(name, { Parameters, End: true })),
    );
    expect(parsed).toMatchObject({ state: 'Do', execution: executionArn });
    expect(Date.parse(parsed.started)).toBe(startDate?.getTime());
    expect(Date.parse(parsed.entered)).toBeGreaterThanOrEqual(Date.parse(parsed.started));
  });

  test("fails with the name of the function's error", async () => {
    const { name } = failing('NotSteady');
    const { status, error, cause } = await states.run(single(task(name, { End: true })));
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'NotSteady' });
    expect(JSON.parse(cause as string)).toMatchObject({ errorType: 'NotSteady', errorMessage: 'why' });
  });

  test.each([
    ['TooManyRequestsException', 'Lambda.TooManyRequestsException'],
    ['ServiceException', 'Lambda.ServiceException'],
    ['AccessDeniedException', 'Lambda.AWSLambdaException'],
  ])("fails with Step Functions' name for Lambda's %s", async (code, error) => {
    const name = define(() => {
      throw new AwsError(code, 'no');
    });
    expect(await states.run(single(task(name, { End: true })))).toMatchObject({ status: 'FAILED', error });
  });

  test('of an integration that the sandbox does not have fails by its name', async () => {
    const state = { Type: 'Task', Resource: 'arn:aws:states:::batch:submitJob', End: true };
    const { status, cause } = await states.run(single(state));
    expect(status).toBe('FAILED');
    expect(cause).toContain('arn:aws:states:::batch:submitJob');
  });
});

describe('a retry', () => {
  test('tries again until it works', async () => {
    const { name } = failing('Transient', 'Transient');
    expect(await states.run(single(task(name, retry(['Transient']))))).toMatchObject({ parsed: 3 });
  });

  test('gives up after its attempts', async () => {
    const { name, calls } = failing(...Array(9).fill('Transient'));
    const { status, error } = await states.run(single(task(name, retry(['Transient'], { MaxAttempts: 2 }))));
    expect({ status, error, calls: calls.length }).toEqual({
      status: 'FAILED',
      error: 'Transient',
      calls: 3,
    });
  });

  test('is three attempts unless it says otherwise', async () => {
    const { name, calls } = failing(...Array(9).fill('Transient'));
    await states.run(single(task(name, retry(['Transient']))));
    expect(calls).toHaveLength(4);
  });

  test.each([
    ['another error', ['Transient'], 'Permanent'],
    ['an error that only looks like it', ['Transient'], 'TransientButWorse'],
    ['data that are too large', ['States.ALL'], 'States.DataLimitExceeded'],
  ])('leaves %s alone', async (_what, names, error) => {
    const { name, calls } = failing(error);
    expect(await states.run(single(task(name, retry(names))))).toMatchObject({ status: 'FAILED', error });
    expect(calls).toHaveLength(1);
  });

  test('takes any error with States.ALL', async () => {
    const { name } = failing('One', 'Other');
    expect(await states.run(single(task(name, retry(['States.ALL']))))).toMatchObject({ parsed: 3 });
  });

  test('waits longer each time, on the clock of the sandbox', async () => {
    const { name, calls } = failing('Transient', 'Transient');
    await states.run(single(task(name, retry(['Transient'], { IntervalSeconds: 10, BackoffRate: 3 }))));
    const [first = 0, second = 0, third = 0] = calls;
    expect(second - first).toBeGreaterThanOrEqual(9_000);
    expect(third - second).toBeGreaterThanOrEqual(28_000);
  });

  test('waits no longer than its longest delay', async () => {
    const { name, calls } = failing('Transient', 'Transient');
    const delays = { IntervalSeconds: 10, BackoffRate: 1000, MaxDelaySeconds: 15 };
    await states.run(single(task(name, retry(['Transient'], delays))));
    expect((calls[2] ?? Number.POSITIVE_INFINITY) - (calls[1] ?? 0)).toBeLessThan(1_000_000);
  });

  test('counts itself in $$.State.RetryCount, anew for each visit of the state', async () => {
    const counts: number[] = [];
    const name = define(({ count }) => {
      counts.push(count);
      if (count === 0) throw failure('Transient');
      return counts.length;
    });
    await states.run(
      single(
        task(name, {
          ...retry(['Transient']),
          End: undefined,
          Parameters: {
            FunctionName: functionArn(name),
            Payload: { 'count.$': '$$.State.RetryCount' },
          },
          Next: 'Enough?',
        }),
        {
          'Enough?': {
            Type: 'Choice',
            Choices: [{ Variable: '$', NumericLessThan: 4, Next: 'Do' }],
            Default: 'Done',
          },
          Done: { Type: 'Succeed' },
        },
      ),
    );
    expect(counts).toEqual([0, 1, 0, 1]);
  });
});

describe('a catch', () => {
  const caught = (ErrorEquals: string[], more: Record<string, unknown> = {}) => ({
    Catch: [{ ErrorEquals, Next: 'Caught', ...more }],
    End: true,
  });
  const Caught = { Caught: { Type: 'Succeed' } };

  test.each([['NotSteady'], ['States.ALL']])('of %s goes on with the error', async (wanted) => {
    const { name } = failing('NotSteady');
    const { status, parsed } = await states.run(single(task(name, caught([wanted])), Caught));
    expect(status).toBe('SUCCEEDED');
    expect(parsed.Error).toBe('NotSteady');
    expect(JSON.parse(parsed.Cause)).toMatchObject({ errorMessage: 'why' });
  });

  test('keeps the input beside the error where it is told to', async () => {
    const { name } = failing('NotSteady');
    const { parsed } = await states.run(
      single(task(name, caught(['NotSteady'], { ResultPath: '$.failure' })), Caught),
      { run: 1 },
    );
    expect(parsed).toMatchObject({ run: 1, failure: { Error: 'NotSteady' } });
  });

  test('comes after the retries', async () => {
    const { name, calls } = failing('Transient', 'Transient', 'Transient');
    const { parsed } = await states.run(
      single(
        task(name, { ...caught(['Transient']), Retry: retry(['Transient'], { MaxAttempts: 1 }).Retry }),
        Caught,
      ),
    );
    expect(parsed).toMatchObject({ Error: 'Transient' });
    expect(calls).toHaveLength(2);
  });

  test('leaves another error alone', async () => {
    const { name } = failing('Permanent');
    expect(await states.run(single(task(name, caught(['Transient'])), Caught))).toMatchObject({
      status: 'FAILED',
      error: 'Permanent',
    });
  });
});

describe("a task's time-out", () => {
  test('is an error to be caught', async () => {
    // Time-outs of functions are real time, however fast the clock runs.
    const name = define(() => new Promise(() => {}));
    const { parsed } = await states.run(
      single(
        task(name, {
          TimeoutSeconds: 1,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Caught' }],
          End: true,
        }),
        { Caught: { Type: 'Succeed' } },
      ),
    );
    expect(parsed).toEqual({ Error: 'States.Timeout', Cause: '' });
  });
});

describe('a state', () => {
  const LIMIT = 262_144;
  /** A text that is so many bytes as JSON. */
  const text = (bytes: number) => 'x'.repeat(bytes - 2);
  const exceeded = { status: 'FAILED', error: 'States.DataLimitExceeded' };

  test('takes exactly 256 KiB', async () => {
    const name = define((payload) => payload);
    const Parameters = { FunctionName: functionArn(name), 'Payload.$': '$' };
    // What surrounds the payload in the input of the task counts too.
    const around = JSON.stringify({ FunctionName: Parameters.FunctionName, Payload: '' }).length - 2;
    const input = text(LIMIT - around);
    expect(await states.run(single(task(name, { Parameters, End: true })), input)).toMatchObject({
      status: 'SUCCEEDED',
      parsed: input,
    });
    expect(await states.run(single(task(name, { Parameters, End: true })), `${input}x`)).toMatchObject(
      exceeded,
    );
  });

  test('refuses a larger answer, and nothing catches that', async () => {
    const name = define(() => text(LIMIT));
    const state = task(name, {
      Retry: [{ ErrorEquals: ['States.ALL'] }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
      End: true,
    });
    expect(await states.run(single(state, { Caught: { Type: 'Succeed' } }))).toMatchObject(exceeded);
  });

  test('refuses an output that only together with its input is larger', async () => {
    const name = define(() => text(LIMIT / 2));
    const state = task(name, {
      OutputPath: '$',
      ResultPath: '$.result',
      Parameters: { FunctionName: functionArn(name) },
      End: true,
    });
    expect(await states.run(single(state), { before: text(LIMIT / 2) })).toMatchObject({
      ...exceeded,
      cause:
        "The state/task 'Do' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  test('counts bytes, not characters', async () => {
    const name = define(() => 'ü'.repeat(LIMIT / 2));
    expect(await states.run(single(task(name, { End: true })))).toMatchObject(exceeded);
  });
});
