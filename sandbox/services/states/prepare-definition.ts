import { markContext } from './context-marks.ts';
import { type DistributedMap, type InlineMap, readMap } from './map-definition.ts';
import {
  refuseOtherContext,
  refuseTaskFailed,
  refuseUnsupportedTask,
  type Surroundings,
} from './refuse-unsupported.ts';
import { invalidityOf } from './validate-definition.ts';

// biome-ignore lint/suspicious/noExplicitAny: a state machine definition is JSON, validated before it is read.
type Any = any;

/** Longest time-out that the interpreter can be given, in seconds: the sandbox enforces the real ones on its own clock. */
const LONGEST_TIMEOUT_SECONDS = 2_000_000;

export interface PreparedDefinition {
  /** For the interpreter. */
  readonly definition: Any;
  /** Every Task, Wait and Map state as written, by name, those within Parallel states too. */
  readonly states: ReadonlyMap<string, Any>;
  /** What the Map states run, by their names: definitions of their own. */
  readonly maps: ReadonlyMap<string, InlineMap | DistributedMap>;
}

/**
 * Rewrites a definition for the interpreter, which knows neither task tokens, nor distributed Map states, nor the
 * `$$.State` and `$$.Task` parts of the context, nor a sped-up clock: those values become marks that the task handler
 * replaces, waits become tasks that sleep on the sandbox's clock, Map states become tasks that run their iterations, and
 * retries pause for less real time.
 *
 * @throws Error where the definition is invalid, or uses what the sandbox does not carry out
 */
export function prepareDefinition(original: Any, speed: number): PreparedDefinition {
  if (original.QueryLanguage !== undefined && original.QueryLanguage !== 'JSONPath')
    throw new Error(`the sandbox does not know the query language ${original.QueryLanguage}`);
  const invalidity = invalidityOf(original);
  if (invalidity !== undefined) throw new Error(`the state machine's definition is not valid: ${invalidity}`);
  return prepareMachine(original, 'none', speed, new Set());
}

/** @param labels of the distributed Map states so far: each has its own within a state machine */
function prepareMachine(
  original: Any,
  surroundings: Surroundings,
  speed: number,
  labels: Set<string>,
): PreparedDefinition {
  const states = new Map<string, Any>();
  const maps = new Map<string, InlineMap | DistributedMap>();
  const machine =
    (around: Surroundings) =>
    (definition: Any): Any => ({
      ...definition,
      States: Object.fromEntries(
        Object.entries<Any>(definition.States).map(([name, state]) => [
          name,
          prepareState(name, state, around),
        ]),
      ),
    });
  const prepare = {
    inline: (processor: Any) => prepareMachine(processor, 'iteration', speed, labels),
    distributed: (processor: Any) => prepareMachine(processor, 'none', speed, labels),
  };
  function prepareState(name: string, state: Any, around: Surroundings): Any {
    refuseOtherContext(name, state, around);
    const retried = state.Retry
      ? { ...state, Retry: state.Retry.map((retrier: Any) => scaleRetrier(retrier, speed)) }
      : state;
    switch (state.Type) {
      case 'Task':
        states.set(name, state);
        refuseUnsupportedTask(name, state);
        return {
          ...without(retried, ['HeartbeatSeconds', 'HeartbeatSecondsPath', 'TimeoutSecondsPath']),
          TimeoutSeconds: LONGEST_TIMEOUT_SECONDS,
          ...(state.Parameters ? { Parameters: markContext(name, state.Parameters) } : {}),
        };
      case 'Wait':
        states.set(name, state);
        return {
          ...without(state, ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath']),
          Type: 'Task',
          Resource: 'arn:aws:states:::sandbox:wait',
          TimeoutSeconds: LONGEST_TIMEOUT_SECONDS,
        };
      case 'Parallel':
        return { ...retried, Branches: state.Branches.map(machine(around === 'none' ? 'branch' : around)) };
      case 'Map':
        states.set(name, state);
        refuseTaskFailed(name, state);
        maps.set(name, readMap(name, state, labels, prepare));
        return {
          ...only(retried, OF_ANY_STATE),
          Type: 'Task',
          Resource: 'arn:aws:states:::sandbox:map',
          TimeoutSeconds: LONGEST_TIMEOUT_SECONDS,
        };
      default:
        return retried;
    }
  }
  const definition = without(machine(surroundings)(original), ['TimeoutSeconds', 'ProcessorConfig']);
  return { definition, states, maps };
}

/** What the interpreter itself does for a Map state. */
const OF_ANY_STATE = [
  'InputPath',
  'ResultSelector',
  'ResultPath',
  'OutputPath',
  'Retry',
  'Catch',
  'Next',
  'End',
];

function only(value: Any, names: readonly string[]): Any {
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

function without(value: Any, names: readonly string[]): Any {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function scaleRetrier(retrier: Any, speed: number): Any {
  return {
    ...retrier,
    IntervalSeconds: (retrier.IntervalSeconds ?? 1) / speed,
    ...(retrier.MaxDelaySeconds === undefined ? {} : { MaxDelaySeconds: retrier.MaxDelaySeconds / speed }),
  };
}
