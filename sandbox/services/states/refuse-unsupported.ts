// biome-ignore lint/suspicious/noExplicitAny: a state is JSON, validated before it is read.
type Any = any;

/** Whether a state belongs to a branch of a Parallel state, or to an iteration of an inline Map state. */
export type Surroundings = 'none' | 'branch' | 'iteration';

/** @throws Error where a task uses what the sandbox does not carry out */
export function refuseUnsupportedTask(name: string, state: Any): void {
  // These paths look at the state's input, and the task's handler sees only what the parameters made of it.
  if (
    state.HeartbeatSecondsPath !== undefined ||
    (state.TimeoutSecondsPath !== undefined && state.Parameters)
  )
    throw new Error(
      `the state '${name}' reads a time-out from its input, which the sandbox cannot do; give it in seconds`,
    );
  refuseTaskFailed(name, state);
}

/** @throws Error where a state's errors are handled as States.TaskFailed */
export function refuseTaskFailed(name: string, state: Any): void {
  const handlers = [...(state.Retry ?? []), ...(state.Catch ?? [])];
  if (handlers.some((handler: Any) => handler.ErrorEquals.includes('States.TaskFailed'))) {
    // The interpreter would let it match time-outs too, which Step Functions does not.
    throw new Error(
      `the state '${name}' names States.TaskFailed, which the sandbox cannot tell from a time-out; name the errors`,
    );
  }
}

/** @throws Error where a state would read a part of the context that the interpreter does not give it */
export function refuseOtherContext(name: string, state: Any, surroundings: Surroundings): void {
  const { Branches, Iterator, ItemProcessor, ...own } = state;
  const { ItemSelector, Parameters, ...rest } = own;
  const refuse = (part: string) => {
    throw new Error(`the state '${name}' uses '${part}', which the sandbox cannot evaluate there`);
  };
  // Beside the iterations only the Map state itself knows its items; a child execution does not.
  if (surroundings !== 'iteration' && uses(state.Type === 'Map' ? rest : own, '$$.Map.')) refuse('$$.Map');
  // The interpreter runs branches and iterations as state machines of their own, and gives them their own input there.
  if (surroundings !== 'none' && uses(own, '$$.Execution.Input')) refuse('$$.Execution.Input');
}

function uses(value: Any, part: string): boolean {
  return JSON.stringify(value).includes(part);
}
