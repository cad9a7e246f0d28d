import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { AwsError } from '../../contract.ts';
import type { DistributedMap } from './map-definition.ts';
import { batchesOf, itemsOfInput, readItems } from './map-items.ts';
import { resultsOf, writeResults } from './map-results.ts';
import type { MapRun } from './map-run.ts';
import { type MapSettings, readMapSettings } from './map-settings.ts';
import type { TemplateSources } from './payload-template.ts';
import { runChildren } from './run-children.ts';
import { StateError } from './state-error.ts';
import { requireStateSize } from './state-size.ts';
import { callerOf, stateContext, type TaskScope } from './task-scope.ts';

// biome-ignore lint/suspicious/noExplicitAny: states and their inputs are JSON.
type Any = any;

/** How long an express workflow may run, in seconds. */
const LONGEST_EXPRESS_SECONDS = 300;

/** Runs one distributed Map state: an execution of the item processor for each item or batch. */
export async function runDistributedMap(
  scope: TaskScope,
  name: string,
  map: DistributedMap,
  input: Any,
): Promise<Any> {
  // Lets the interpreter's own events come first.
  await setImmediate();
  if (scope.signal.aborted) throw new StateError('States.Runtime', 'stopped');
  const { history } = scope.execution;
  const { fields } = map;
  const sources = { input, context: scope.context, marks: stateContext(scope, name) };
  const settings = await readMapSettings(fields, sources);
  const given = fields.ItemReader ? undefined : await itemsOfInput(fields, sources);
  // What an item reader will find is not known yet.
  history.add('MapStateStarted', { length: given?.length ?? 0 });
  const run = createMapRun(scope, map, settings);
  history.add('MapRunStarted', { mapRunArn: run.arn });
  const stop = (status: MapRun['status']) => {
    run.status = status;
    run.stoppedAt = scope.machine.clock.now();
  };
  try {
    requireStart(scope);
    const items = given ?? (await readItems(scope, fields, settings.maxItems, sources));
    run.batches = await batchesOf(items, fields, settings, sources);
    const output = await runToEnd(scope, run, fields, sources);
    requireStateSize(output, `The state/task '${name}' returned a result`);
    stop('SUCCEEDED');
    history.add('MapRunSucceeded');
    history.add('MapStateSucceeded');
    return output;
  } catch (error) {
    const { name: failure, message } = error as Error;
    stop(scope.signal.aborted ? 'ABORTED' : 'FAILED');
    history.add('MapRunFailed', { error: failure, cause: message });
    history.add('MapStateFailed');
    throw error;
  }
}

function createMapRun(
  scope: TaskScope,
  { label, type, processor }: DistributedMap,
  settings: MapSettings,
): MapRun {
  const { machine, execution } = scope;
  const owner = execution.stateMachine;
  const id = randomUUID();
  const name = `${owner.name}/${label}`;
  const run: MapRun = {
    arn: machine.arn('states', `mapRun:${name}:${id}`),
    id,
    parent: execution,
    stateMachine: {
      name,
      arn: machine.arn('states', `stateMachine:${name}`),
      roleArn: owner.roleArn,
      ownerArn: owner.ownerArn,
      definition:
        type === 'EXPRESS'
          ? { ...processor.definition, TimeoutSeconds: LONGEST_EXPRESS_SECONDS }
          : processor.definition,
      prepared: processor.prepared,
    },
    type,
    startedAt: machine.clock.now(),
    status: 'RUNNING',
    maxConcurrency: settings.maxConcurrency,
    tolerance: settings.tolerance,
    batches: [],
    children: new Map(),
    resultsWritten: [],
  };
  scope.mapRuns.all.set(run.arn, run);
  return run;
}

/**
 * The role starts executions of its own state machine.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
function requireStart(scope: TaskScope): void {
  const resource = scope.execution.stateMachine.ownerArn;
  try {
    scope.machine.policies.require(callerOf(scope), { action: 'states:StartExecution', resource });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new StateError(
      'States.Permissions',
      `Error contacting AWS Service. | Message from Service: ${error.message} (Service: Sfn, Status Code: 400)`,
    );
  }
}

/** Runs the child executions; what they came to is written whatever became of the Map Run. */
async function runToEnd(scope: TaskScope, run: MapRun, fields: Any, sources: TemplateSources): Promise<Any> {
  const exceeded = await runChildren(scope, run);
  const writing = fields.ResultWriter ? writeResults(scope, run, fields, sources) : undefined;
  const written = await writing?.catch((error: Error) => error);
  if (scope.signal.aborted) throw new StateError('States.Runtime', 'stopped');
  if (exceeded)
    throw new StateError(
      'States.ExceedToleratedFailureThreshold',
      'The specified tolerated failure threshold was exceeded',
    );
  if (written instanceof Error) throw written;
  run.resultsWritten = [...run.children.keys()];
  return written ?? resultsOf(run);
}
