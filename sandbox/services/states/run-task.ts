import { setImmediate } from 'node:timers/promises';
import type { Caller, Machine } from '../../contract.ts';
import { AwsError } from '../../contract.ts';
import { valueAt } from '../events/transform-input.ts';
import { fillContext } from './context-marks.ts';
import { StateError } from './state-error.ts';
import { requireStateSize } from './state-size.ts';
import { taskEvents } from './task-events.ts';
import { callerOf, stateContext, type TaskScope } from './task-scope.ts';

// biome-ignore lint/suspicious/noExplicitAny: states and their inputs are JSON.
type Any = any;

/** Runs one Task or Wait state, with its time-outs on the sandbox's clock. */
export async function runTask(scope: TaskScope, name: string, state: Any, processed: Any): Promise<unknown> {
  // Lets the interpreter's own events come first.
  await setImmediate();
  if (scope.signal.aborted) throw new StateError('States.Runtime', 'stopped');
  if (state.Type === 'Wait') return wait(scope, state, processed);
  requireStateSize(processed, `The state/task '${name}' was given an input`);
  const [base, pattern] =
    state.Resource.split('.waitForTaskToken').length > 1
      ? [state.Resource.replace('.waitForTaskToken', ''), 'token']
      : [state.Resource, 'plain'];
  const timers = new AbortController();
  let heartbeat = scope.machine.clock.now();
  const token =
    pattern === 'token'
      ? scope.tokens.issue(scope.execution.stateMachine.ownerArn, () => {
          heartbeat = scope.machine.clock.now();
        })
      : undefined;
  const input = fillContext(processed, { ...stateContext(scope, name), 'Task.Token': token?.token });
  const events = taskEvents(scope.execution.history, state, scope.machine.region);
  events.scheduled(input);
  events.started();
  try {
    const work = token
      ? integrate(scope, base, input).then((submitted) => {
          // The token may have been answered, or the time be over, before the function returned.
          if (!timers.signal.aborted) events.submitted(submitted);
          return token.answer;
        })
      : integrate(scope, base, input);
    const limits = [
      timeLimit(scope, state, processed, timers.signal),
      heartbeatLimit(scope, state, () => heartbeat, timers.signal),
      stopped(scope.signal, timers.signal),
    ];
    const output = await Promise.race([work, ...limits]);
    requireStateSize(output, `The state/task '${name}' returned a result`);
    events.succeeded(output);
    return output;
  } catch (error) {
    const failure =
      error instanceof StateError ? error : new StateError((error as Error).name, (error as Error).message);
    if (!scope.signal.aborted)
      events.failed(failure, failure.name === 'States.Timeout' || failure.name === 'States.HeartbeatTimeout');
    throw failure;
  } finally {
    token?.close();
    timers.abort();
  }
}

async function wait(scope: TaskScope, state: Any, input: Any): Promise<unknown> {
  const { clock } = scope.machine;
  const until =
    state.Seconds !== undefined
      ? clock.now() + state.Seconds * 1000
      : state.SecondsPath !== undefined
        ? clock.now() + Number(valueAt(state.SecondsPath, input)) * 1000
        : Date.parse(state.Timestamp ?? valueAt(state.TimestampPath, input));
  if (Number.isNaN(until)) throw new StateError('States.Runtime', `The wait's path does not give a time.`);
  await clock.sleep(Math.max(until - clock.now(), 0), scope.signal);
  return input;
}

async function integrate(scope: TaskScope, resource: string, input: Any): Promise<unknown> {
  const { machine } = scope;
  const caller = callerOf(scope);
  switch (resource) {
    case 'arn:aws:states:::lambda:invoke': {
      const payload = await invoke(machine, input.FunctionName, input.Payload ?? {}, caller);
      return { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 };
    }
    case 'arn:aws:states:::sns:publish':
      await machine.engines.publish(
        input.TopicArn,
        typeof input.Message === 'string' ? input.Message : JSON.stringify(input.Message),
        { caller, ...(input.Subject ? { subject: input.Subject } : {}) },
      );
      return {};
    default:
      if (resource.startsWith('arn:aws:lambda:')) return invoke(machine, resource, input, caller);
      throw new StateError('States.Runtime', `The sandbox does not know the integration '${resource}'.`);
  }
}

/** Lambda's own failures get the names that Step Functions gives them; a function's error keeps its own. */
async function invoke(
  machine: Machine,
  functionArn: string,
  payload: unknown,
  caller: Caller,
): Promise<unknown> {
  let result: Awaited<ReturnType<Machine['engines']['invokeFunction']>>;
  try {
    result = await machine.engines.invokeFunction(functionArn, payload, { caller, type: 'request' });
  } catch (error) {
    const known =
      error instanceof AwsError &&
      ['TooManyRequestsException', 'ServiceException', 'ResourceNotFoundException'].includes(error.code);
    throw new StateError(
      known ? `Lambda.${error.code}` : 'Lambda.AWSLambdaException',
      (error as Error).message,
    );
  }
  if (result.functionError)
    throw new StateError(result.functionError.errorType, JSON.stringify(result.functionError));
  return result.payload;
}

async function timeLimit(scope: TaskScope, state: Any, input: Any, signal: AbortSignal): Promise<never> {
  const seconds =
    state.TimeoutSeconds ?? (state.TimeoutSecondsPath ? valueAt(state.TimeoutSecondsPath, input) : undefined);
  if (seconds === undefined) return never(signal);
  await scope.machine.clock.sleep(seconds * 1000, signal).catch(() => never(signal));
  throw new StateError('States.Timeout', '');
}

async function heartbeatLimit(
  scope: TaskScope,
  state: Any,
  last: () => number,
  signal: AbortSignal,
): Promise<never> {
  if (state.HeartbeatSeconds === undefined) return never(signal);
  for (;;) {
    const due = last() + state.HeartbeatSeconds * 1000;
    const left = due - scope.machine.clock.now();
    if (left <= 0) throw new StateError(heartbeatError(state), '');
    await scope.machine.clock.sleep(left, signal).catch(() => never(signal));
  }
}

/**
 * A heartbeat that is missing is a time-out to Step Functions, with a name of its own only for handlers that ask for it.
 *
 * @see https://github.com/aws/aws-cdk/issues/16084
 */
function heartbeatError(state: Any): string {
  const handlers: Any[] = [...(state.Retry ?? []), ...(state.Catch ?? [])];
  const own = handlers.some(({ ErrorEquals }) => ErrorEquals.includes('States.HeartbeatTimeout'));
  return own ? 'States.HeartbeatTimeout' : 'States.Timeout';
}

/** A stopped execution abandons its task; what the task has begun goes on by itself. */
function stopped(execution: AbortSignal, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (execution.aborted) return reject(new StateError('States.Runtime', 'stopped'));
    execution.addEventListener('abort', () => reject(new StateError('States.Runtime', 'stopped')), {
      once: true,
      signal,
    });
  });
}

function never(_signal: AbortSignal): Promise<never> {
  return new Promise(() => {});
}
