import { StateMachine } from 'aws-local-stepfunctions';
import { LARGEST_HISTORY } from './history.ts';
import type { PreparedDefinition } from './prepare-definition.ts';
import { runDistributedMap } from './run-distributed-map.ts';
import { runInlineMap } from './run-inline-map.ts';
import { runTask } from './run-task.ts';
import { fitsState } from './state-size.ts';
import type { TaskScope } from './task-scope.ts';

// biome-ignore lint/suspicious/noExplicitAny: inputs, outputs and events are JSON.
type Any = any;

/**
 * Lets the interpreter run a prepared definition, with what it lacks, and records what happens in the execution's history.
 *
 * @returns the output, when all that led to it is recorded
 * @throws ExecutionError with the error of the state as its cause; ExecutionAbortedError when the scope's signal aborts
 */
export async function runStates(scope: TaskScope, prepared: PreparedDefinition, input: Any): Promise<Any> {
  const handle = (name: string, state: Any, processed: Any): Promise<unknown> => {
    const map = prepared.maps.get(name);
    if (map?.mode === 'DISTRIBUTED') return runDistributedMap(scope, name, map, processed);
    if (map?.mode === 'INLINE') return runInlineMap(scope, name, map, processed, runStates);
    return runTask(scope, name, state, processed);
  };
  const handlers = Object.fromEntries(
    [...prepared.states].map(([name, state]) => [
      name,
      (processed: Any) => handle(name, state, processed) as Promise<Any>,
    ]),
  );
  const run = new StateMachine(prepared.definition, { validationOptions: { noValidate: true } }).run(input, {
    overrides: { taskResourceLocalHandlers: handlers },
    context: scope.context,
  });
  scope.signal.addEventListener('abort', run.abort, { once: true });
  const recorded = record(scope, prepared, run.eventLogs);
  try {
    return await run.result;
  } finally {
    await recorded.catch(() => {});
    scope.signal.removeEventListener('abort', run.abort);
  }
}

async function record(
  { execution, attempts, signal }: TaskScope,
  { states }: PreparedDefinition,
  events: AsyncGenerator<Any>,
): Promise<void> {
  const { history } = execution;
  for await (const event of events) {
    if (execution.status !== 'RUNNING' || signal.aborted) continue;
    if (event.type === 'StateEntered') attempts.delete(event.state.name);
    history.interpreterEvent(event, (name) => states.get(name)?.Type);
    if (event.type === 'StateExited' && !fitsState(event.state.output))
      execution.end(
        'FAILED',
        'States.DataLimitExceeded',
        `The state/task '${event.state.name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      );
    // The failure is the last event that fits.
    if (history.events.length >= LARGEST_HISTORY - 1)
      execution.end(
        'FAILED',
        'States.Runtime',
        'The execution reached the maximum number of history events (25000).',
      );
  }
}
