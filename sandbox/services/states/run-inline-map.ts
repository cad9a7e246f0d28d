import { setImmediate } from 'node:timers/promises';
import type { InlineMap } from './map-definition.ts';
import { itemContext, itemsOfInput, selectItems } from './map-items.ts';
import { readMapSettings } from './map-settings.ts';
import type { PreparedDefinition } from './prepare-definition.ts';
import { StateError } from './state-error.ts';
import { stateContext, type TaskScope } from './task-scope.ts';

// biome-ignore lint/suspicious/noExplicitAny: states, items and outputs are JSON.
type Any = any;

/**
 * Step Functions runs no more iterations at a time, whatever it is told.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
 */
const LARGEST_CONCURRENCY = 40;

/** Runs one inline Map state: its iterations are part of the execution. The first that fails ends the others. */
export async function runInlineMap(
  scope: TaskScope,
  name: string,
  map: InlineMap,
  input: Any,
  runStates: (scope: TaskScope, prepared: PreparedDefinition, input: Any) => Promise<Any>,
): Promise<Any[]> {
  // Lets the interpreter's own events come first.
  await setImmediate();
  if (scope.signal.aborted) throw new StateError('States.Runtime', 'stopped');
  const { history } = scope.execution;
  const sources = { input, context: scope.context, marks: stateContext(scope, name) };
  const { maxConcurrency } = await readMapSettings(map.fields, sources);
  const items = await itemsOfInput(map.fields, sources);
  const inputs = await selectItems(items, map.fields, sources);
  history.add('MapStateStarted', { length: items.length });
  const stop = new AbortController();
  const signal = AbortSignal.any([scope.signal, stop.signal]);
  const outputs: Any[] = [];
  let failure: unknown;
  const iterate = async (index: number) => {
    const which = { name, index };
    const context = { ...scope.context, ...itemContext(items[index], index) };
    history.add('MapIterationStarted', which);
    try {
      const iteration = { ...scope, signal, context, attempts: new Map() };
      outputs[index] = await runStates(iteration, map.processor.prepared, inputs[index]);
      history.add('MapIterationSucceeded', which);
    } catch (error) {
      history.add(signal.aborted ? 'MapIterationAborted' : 'MapIterationFailed', which);
      if (!signal.aborted) failure = (error as Error).cause ?? error;
      stop.abort();
    }
  };
  const pending = items.keys();
  const worker = async () => {
    for (const index of pending) {
      if (signal.aborted) return;
      await iterate(index);
    }
  };
  const workers = Math.min(maxConcurrency || LARGEST_CONCURRENCY, LARGEST_CONCURRENCY, items.length);
  await Promise.all(Array.from({ length: workers }, worker));
  if (scope.signal.aborted) throw new StateError('States.Runtime', 'stopped');
  if (stop.signal.aborted) {
    history.add('MapStateFailed');
    throw failure;
  }
  history.add('MapStateSucceeded');
  return outputs;
}
