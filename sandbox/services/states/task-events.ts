import type { History } from './history.ts';

// biome-ignore lint/suspicious/noExplicitAny: states and their inputs are JSON.
type Any = any;

/** Records what becomes of one task, under the names that Step Functions has for its kind. */
export interface TaskEvents {
  scheduled(input: unknown): void;
  started(): void;
  submitted(output: unknown): void;
  succeeded(output: unknown): void;
  failed(error: { readonly name: string; readonly message: string }, timedOut: boolean): void;
}

/**
 * A task whose resource is the ARN of a function has events of its own kind; integrations share those of tasks.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export function taskEvents(history: History, state: Any, region: string): TaskEvents {
  const limits = {
    ...(state.TimeoutSeconds === undefined ? {} : { timeoutInSeconds: state.TimeoutSeconds }),
    ...(state.HeartbeatSeconds === undefined ? {} : { heartbeatInSeconds: state.HeartbeatSeconds }),
  };
  return state.Resource.startsWith('arn:aws:states:::')
    ? integrationEvents(history, state.Resource, region, limits)
    : functionEvents(history, state.Resource, limits);
}

const reason = ({ name, message }: { readonly name: string; readonly message: string }) => ({
  error: name,
  ...(message ? { cause: message } : {}),
});

function integrationEvents(history: History, full: string, region: string, limits: Any): TaskEvents {
  const [resourceType = '', resource = ''] = full.slice('arn:aws:states:::'.length).split(':');
  const kind = { resourceType, resource };
  return {
    scheduled: (input) =>
      history.add('TaskScheduled', { ...kind, region, parameters: JSON.stringify(input), ...limits }),
    started: () => history.add('TaskStarted', kind),
    submitted: (output) => history.add('TaskSubmitted', { ...kind, output: JSON.stringify(output) }),
    succeeded: (output) => history.add('TaskSucceeded', { ...kind, output: JSON.stringify(output) }),
    failed: (error, timedOut) =>
      history.add(timedOut ? 'TaskTimedOut' : 'TaskFailed', { ...kind, ...reason(error) }),
  };
}

function functionEvents(history: History, resource: string, limits: Any): TaskEvents {
  return {
    scheduled: (input) =>
      history.add('LambdaFunctionScheduled', { resource, input: JSON.stringify(input), ...limits }),
    started: () => history.add('LambdaFunctionStarted'),
    submitted() {},
    succeeded: (output) => history.add('LambdaFunctionSucceeded', { output: JSON.stringify(output) }),
    failed: (error, timedOut) =>
      history.add(timedOut ? 'LambdaFunctionTimedOut' : 'LambdaFunctionFailed', reason(error)),
  };
}
