import * as sdk from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { errorName } from '../start-services.ts';
import { functionArn, type Json, type States, startStates, task, tokenTask } from './start-states.ts';

let states: States;
beforeAll(async () => {
  states = await startStates({ speed: 50 });
});
afterAll(() => states.close());

const pass = { StartAt: 'Do', States: { Do: { Type: 'Pass', End: true } } };
const broken = { StartAt: 'Do', States: { Do: { Type: 'Fail', Error: 'Broken', Cause: 'by design' } } };
const waiting = (more: Record<string, unknown> = {}): Json => ({
  StartAt: 'Do',
  States: { Do: tokenTask({ End: true }) },
  ...more,
});
const describeExecution = (executionArn: string) =>
  states.client.send(new sdk.DescribeExecutionCommand({ executionArn }));

describe('StartExecution', () => {
  let stateMachineArn: string;
  beforeEach(async () => {
    stateMachineArn = await states.deploy(waiting());
  });
  const start = (input: Partial<sdk.StartExecutionCommandInput> = {}) =>
    states.client.send(new sdk.StartExecutionCommand({ stateMachineArn, ...input }));

  test('names an execution after its state machine', async () => {
    const { executionArn } = await start({ name: 'first' });
    expect(executionArn).toBe(`${stateMachineArn.replace(':stateMachine:', ':execution:')}:first`);
  });

  test('gives an empty object to an execution without input', async () => {
    const { executionArn = '' } = await start();
    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'RUNNING',
      input: '{}',
      inputDetails: { included: true },
    });
  });

  test('twice with one name and input is one execution while it runs', async () => {
    const input = { name: 'once', input: '{"a":1}' };
    const first = await start(input);
    const second = await start(input);
    expect([second.executionArn, second.startDate]).toEqual([first.executionArn, first.startDate]);
  });

  test.each([
    ['with another input', false, '{"a":2}'],
    ['after it has ended', true, '{"a":1}'],
  ])('with the name of an execution is refused %s', async (_when, ended, input) => {
    const { executionArn } = await start({ name: 'once', input: '{"a":1}' });
    if (ended) await states.client.send(new sdk.StopExecutionCommand({ executionArn }));
    expect(await errorName(start({ name: 'once', input }))).toBe('ExecutionAlreadyExists');
  });

  test.each<[string, Partial<sdk.StartExecutionCommandInput>, string]>([
    ['a name with a colon', { name: 'a:b' }, 'InvalidName'],
    ['a name of 81 characters', { name: 'n'.repeat(81) }, 'InvalidName'],
    ['input that is no JSON', { input: '{' }, 'InvalidExecutionInput'],
    ['input of more than 256 KiB', { input: JSON.stringify('x'.repeat(262_143)) }, 'ValidationException'],
    [
      'a state machine that is not there',
      { stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:none' },
      'StateMachineDoesNotExist',
    ],
  ])('refuses %s', async (_what, input, error) => {
    expect(await errorName(start(input))).toBe(error);
  });

  test('takes input of exactly 256 KiB', async () => {
    expect(await errorName(start({ input: JSON.stringify('x'.repeat(262_142)) }))).toBe('no error');
  });

  test('needs permission for the state machine', async () => {
    const client = new sdk.SFNClient(
      states.clientOf('starter', [
        { Effect: 'Allow', Action: 'states:StartExecution', Resource: stateMachineArn },
      ]),
    );
    const other = await states.deploy(pass);
    await client.send(new sdk.StartExecutionCommand({ stateMachineArn }));
    expect(await errorName(client.send(new sdk.StartExecutionCommand({ stateMachineArn: other })))).toBe(
      'AccessDeniedException',
    );
    client.destroy();
  });
});

describe('an execution', () => {
  test('that succeeds has its output', async () => {
    expect(await states.run(pass, { a: 1 })).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"a":1}',
      outputDetails: { included: true },
    });
  });

  test('that fails has error and cause', async () => {
    const { output, ...described } = await states.run(broken);
    expect(described).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'by design' });
    expect(output).toBeUndefined();
  });

  test('has ended some time after it started', async () => {
    const { startDate, stopDate } = await states.run({
      StartAt: 'Do',
      States: { Do: { Type: 'Wait', Seconds: 10, End: true } },
    });
    const seconds = ((stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(10);
  });

  test('that runs too long times out, with the reason only in its history', async () => {
    const { status, error, cause, executionArn = '' } = await states.run(waiting({ TimeoutSeconds: 3 }));
    expect({ status, error, cause }).toEqual({ status: 'TIMED_OUT', error: undefined, cause: undefined });
    expect((await states.history(executionArn)).at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });

  test('does not time out once it has ended', async () => {
    const { executionArn = '' } = await states.run({ ...pass, TimeoutSeconds: 1 });
    await states.machine.clock.sleep(3_000);
    expect(await describeExecution(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test.each([
    ['SUCCEEDED', pass, 'ExecutionsSucceeded'],
    ['FAILED', broken, 'ExecutionsFailed'],
    ['TIMED_OUT', waiting({ TimeoutSeconds: 1 }), 'ExecutionsTimedOut'],
  ])('that ends %s is announced as an event and as a metric', async (status, definition, metric) => {
    const { executionArn, stateMachineArn } = await states.run(definition);
    const announced = states.events.filter(({ detail }) => detail.executionArn === executionArn);
    expect(announced).toMatchObject([
      { detail: { status: 'RUNNING', stopDate: null } },
      {
        source: 'aws.states',
        detailType: 'Step Functions Execution Status Change',
        resources: [executionArn],
        detail: { status, stateMachineArn, stopDate: expect.any(Number) },
      },
    ]);
    const counted = states.metrics.filter(({ dimensions }) => dimensions.StateMachineArn === stateMachineArn);
    expect(counted.map(({ name }) => name)).toEqual(['ExecutionsStarted', metric]);
  });

  test('of a role that Step Functions may not assume is not deployed', async () => {
    const { attributes } = await states.create(
      'AWS::IAM::Role',
      {
        AssumeRolePolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'ecs.amazonaws.com' },
          },
        },
      },
      'OtherRole',
    );
    const deployed = states.create('AWS::StepFunctions::StateMachine', {
      RoleArn: attributes?.Arn,
      DefinitionString: JSON.stringify(pass),
    });
    await expect(deployed).rejects.toThrow('sts:AssumeRole');
  });
});

describe('StopExecution', () => {
  const stop = (executionArn: string, reason: { error?: string; cause?: string } = {}) =>
    states.client.send(new sdk.StopExecutionCommand({ executionArn, ...reason }));

  test('ends an execution in the middle of a task', async () => {
    const execution = await states.start(waiting());
    await states.token(execution);
    const { stopDate } = await stop(execution, { error: 'Manual', cause: 'probe' });
    expect(await describeExecution(execution)).toMatchObject({
      status: 'ABORTED',
      error: 'Manual',
      cause: 'probe',
      stopDate,
    });
  });

  test('leaves error and cause away where none were given', async () => {
    const execution = await states.start(waiting());
    await stop(execution);
    const { status, error, cause } = await describeExecution(execution);
    expect({ status, error, cause }).toEqual({ status: 'ABORTED', error: undefined, cause: undefined });
  });

  test('lets a task that has begun finish by itself, and starts no other', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: goOn, resolve: end } = Promise.withResolvers<void>();
    const called: string[] = [];
    states.handlers.set('long', async () => {
      called.push('long');
      begin();
      await goOn;
    });
    states.handlers.set('next', () => void called.push('next'));
    const execution = await states.start({
      StartAt: 'Do',
      States: { Do: task('long', { Next: 'Then' }), Then: task('next', { End: true }) },
    });
    await begun;
    await stop(execution);
    end();
    await states.machine.clock.sleep(3_000);
    expect(called).toEqual(['long']);
    expect(await describeExecution(execution)).toMatchObject({ status: 'ABORTED' });
  });

  test('is not caught by the state that it interrupts', async () => {
    const definition = waiting();
    definition.States.Do.Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    definition.States.Caught = task('caught', { End: true });
    let caught = false;
    states.handlers.set('caught', () => {
      caught = true;
    });
    const execution = await states.start(definition);
    await states.token(execution);
    await stop(execution);
    await states.machine.clock.sleep(3_000);
    expect(caught).toBe(false);
  });

  test('ends an execution that waits to try again', async () => {
    let calls = 0;
    states.handlers.set('failing', () => {
      calls += 1;
      throw new Error('again');
    });
    const execution = await states.start({
      StartAt: 'Do',
      States: {
        Do: task('failing', { Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 30 }], End: true }),
      },
    });
    await expect.poll(() => calls).toBe(1);
    await stop(execution);
    await states.machine.clock.sleep(40_000);
    expect(calls).toBe(1);
  });

  test('of an execution that has ended changes nothing', async () => {
    const { executionArn = '', stopDate } = await states.run(pass);
    expect((await stop(executionArn, { error: 'Late' })).stopDate).toEqual(stopDate);
    expect(await describeExecution(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{}' });
  });

  test('of an execution that is not there says so', async () => {
    const arn = 'arn:aws:states:us-east-1:123456789012:execution:none:none';
    expect(await errorName(stop(arn))).toBe('ExecutionDoesNotExist');
  });
});

describe('ListExecutions', () => {
  let stateMachineArn: string;
  const arns: Record<string, string> = {};
  beforeAll(async () => {
    stateMachineArn = await states.deploy({
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [
            { Variable: '$.end', StringEquals: 'well', Next: 'Well' },
            { Variable: '$.end', StringEquals: 'badly', Next: 'Badly' },
          ],
          Default: 'Never',
        },
        Well: { Type: 'Succeed' },
        Badly: { Type: 'Fail', Error: 'Broken' },
        Never: tokenTask({ End: true }),
      },
    });
    await states.run(pass);
    for (const [name, end] of Object.entries({ a: 'well', b: 'badly', c: 'never', d: 'never', e: 'well' })) {
      const { executionArn = '' } = await states.client.send(
        new sdk.StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ end }) }),
      );
      arns[name] = executionArn;
      if (end !== 'never') await states.outcome(executionArn);
    }
    await states.client.send(new sdk.StopExecutionCommand({ executionArn: arns.d }));
  });
  const names = async (input: Partial<sdk.ListExecutionsCommandInput> = {}) => {
    const { executions } = await states.client.send(
      new sdk.ListExecutionsCommand({ stateMachineArn, ...input }),
    );
    return executions?.map(({ name }) => name);
  };

  test.each<[sdk.ExecutionStatus | undefined, string[]]>([
    [undefined, ['e', 'd', 'c', 'b', 'a']],
    ['SUCCEEDED', ['e', 'a']],
    ['FAILED', ['b']],
    ['ABORTED', ['d']],
    ['RUNNING', ['c']],
    ['TIMED_OUT', []],
  ])('with the status %s gives those, the latest first', async (statusFilter, expected) => {
    expect(await names(statusFilter === undefined ? {} : { statusFilter })).toEqual(expected);
  });

  test('gives page after page', async () => {
    const pages: Array<Array<string | undefined>> = [];
    for await (const { executions = [] } of sdk.paginateListExecutions(
      { client: states.client, pageSize: 2 },
      { stateMachineArn },
    ))
      pages.push(executions.map(({ name }) => name));
    expect(pages).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
  });

  test('says when an execution has not stopped', async () => {
    const { executions } = await states.client.send(
      new sdk.ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
    );
    expect(executions).toMatchObject([{ executionArn: arns.c, stateMachineArn, status: 'RUNNING' }]);
    expect(executions?.[0]?.stopDate).toBeUndefined();
  });

  test('of a state machine that is not there says so', async () => {
    const none = 'arn:aws:states:us-east-1:123456789012:stateMachine:none';
    expect(await errorName(names({ stateMachineArn: none }))).toBe('StateMachineDoesNotExist');
  });

  test('refuses a token that it did not give', async () => {
    expect(await errorName(names({ nextToken: 'made up' }))).toBe('InvalidToken');
  });
});

describe('a state machine', () => {
  test('is deployed with its substitutions', async () => {
    const role = await states.create('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'states.amazonaws.com' },
        },
      },
    });
    const { ref: stateMachineArn, attributes } = await states.create('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'named',
      RoleArn: role.attributes?.Arn,
      Definition: {
        StartAt: 'Do',
        States: {
          Do: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Parameters: { FunctionName: '${Function}' },
            End: true,
          },
        },
      },
      DefinitionSubstitutions: { Function: functionArn('work') },
    });
    expect(attributes).toMatchObject({ Arn: stateMachineArn, Name: 'named' });
    const described = await states.client.send(new sdk.DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).toMatchObject({ name: 'named', status: 'ACTIVE', type: 'STANDARD' });
    expect(JSON.parse(described.definition as string).States.Do.Parameters.FunctionName).toBe(
      functionArn('work'),
    );
  });

  test('of the express type is refused', async () => {
    const deployed = states.create('AWS::StepFunctions::StateMachine', { StateMachineType: 'EXPRESS' });
    await expect(deployed).rejects.toThrow('standard workflows only');
  });
});
