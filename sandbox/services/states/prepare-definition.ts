import { invalidityOf } from './validate-definition.ts';

// biome-ignore lint/suspicious/noExplicitAny: a state machine definition is JSON, validated before it is read.
type Any = any;

/** Starts a text that stands for a context value until the state runs. */
export const CONTEXT_MARK = '\u0000$$.';

/** Longest time-out that the interpreter can be given, in seconds: the sandbox enforces the real ones on its own clock. */
const LONGEST_TIMEOUT_SECONDS = 2_000_000;

export interface PreparedDefinition {
  /** For the interpreter. */
  readonly definition: Any;
  /** Every Task and Wait state as written, by name, those within Map and Parallel too. */
  readonly states: ReadonlyMap<string, Any>;
}

/**
 * Rewrites a definition for the interpreter, which knows neither task tokens, nor the `$$.State` and `$$.Task` parts of
 * the context, nor a sped-up clock: those values become marks that the task handler replaces, waits become tasks that
 * sleep on the sandbox's clock, and retries pause for less real time.
 *
 * @throws Error where the definition is invalid, or uses what the sandbox does not carry out
 */
export function prepareDefinition(original: Any, speed: number): PreparedDefinition {
  if (original.QueryLanguage !== undefined && original.QueryLanguage !== 'JSONPath')
    throw new Error(`the sandbox does not know the query language ${original.QueryLanguage}`);
  const invalidity = invalidityOf(original);
  if (invalidity !== undefined) throw new Error(`the state machine's definition is not valid: ${invalidity}`);
  const states = new Map<string, Any>();
  const machine = (definition: Any): Any => ({
    ...definition,
    States: Object.fromEntries(
      Object.entries<Any>(definition.States).map(([name, state]) => [name, prepareState(name, state)]),
    ),
  });
  function prepareState(name: string, state: Any): Any {
    const retried = state.Retry
      ? { ...state, Retry: state.Retry.map((retrier: Any) => scaleRetrier(retrier, speed)) }
      : state;
    switch (state.Type) {
      case 'Task':
        states.set(name, state);
        refuseUnsupported(name, state);
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
        return { ...retried, Branches: state.Branches.map(machine) };
      case 'Map':
        return {
          ...retried,
          ...(state.Iterator
            ? { Iterator: machine(state.Iterator) }
            : { ItemProcessor: machine(state.ItemProcessor) }),
        };
      default:
        return retried;
    }
  }
  return { definition: without(machine(original), ['TimeoutSeconds']), states };
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

function refuseUnsupported(name: string, state: Any): void {
  // These paths look at the state's input, and the task's handler sees only what the parameters made of it.
  if (
    state.HeartbeatSecondsPath !== undefined ||
    (state.TimeoutSecondsPath !== undefined && state.Parameters)
  )
    throw new Error(
      `the state '${name}' reads a time-out from its input, which the sandbox cannot do; give it in seconds`,
    );
  const handlers = [...(state.Retry ?? []), ...(state.Catch ?? [])];
  if (handlers.some((handler: Any) => handler.ErrorEquals.includes('States.TaskFailed'))) {
    // The interpreter would let it match time-outs too, which Step Functions does not.
    throw new Error(
      `the state '${name}' names States.TaskFailed, which the sandbox cannot tell from a time-out; name the errors`,
    );
  }
}

/** Context values that are known only when the state runs become marks. */
function markContext(name: string, template: Any): Any {
  if (Array.isArray(template)) return template.map((item) => markContext(name, item));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries<Any>(template).map(([key, value]) => {
      if (!key.endsWith('.$') || typeof value !== 'string') return [key, markContext(name, value)];
      if (/^\$\$\.(Task\.Token|State\.\w+|Execution\.StartTime)$/.test(value))
        return [key.slice(0, -2), `${CONTEXT_MARK}${value.slice(3)}`];
      if (/\$\$\.(Task|State)\./.test(value))
        throw new Error(`the state '${name}' uses '${value}', which the sandbox cannot evaluate`);
      return [key, value];
    }),
  );
}

/** Puts the context's values where the marks are. */
export function fillContext(value: Any, context: Readonly<Record<string, unknown>>): Any {
  if (typeof value === 'string' && value.startsWith(CONTEXT_MARK))
    return context[value.slice(CONTEXT_MARK.length)];
  if (Array.isArray(value)) return value.map((item) => fillContext(item, context));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillContext(item, context)]));
}
