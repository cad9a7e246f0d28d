import type { Caller, Machine } from '../../contract.ts';
import type { Execution } from './execution.ts';
import type { MapRun, MapRunBatch, MapRuns } from './map-run.ts';
import type { TaskTokens } from './task-tokens.ts';

/** What a task or a distributed Map state needs to know of the execution it belongs to. */
export interface TaskScope {
  readonly machine: Machine;
  readonly tokens: TaskTokens;
  readonly mapRuns: MapRuns;
  readonly execution: Execution;
  readonly signal: AbortSignal;
  /** The part of the context object that the interpreter is given. */
  readonly context: Record<string, unknown>;
  /** How often a state has been tried, to give `$$.State.RetryCount`. */
  readonly attempts: Map<string, number>;
  /** Starts a child execution of a Map Run. */
  startChild(mapRun: MapRun, batch: MapRunBatch): Execution;
}

/**
 * The state machine's role, as the caller of other services.
 *
 * @throws AwsError where Step Functions may not assume the role any more
 */
export function callerOf({ machine, execution }: TaskScope): Caller {
  const { roleArn, ownerArn } = execution.stateMachine;
  machine.policies.requireAssumable(roleArn, 'states.amazonaws.com', ownerArn);
  return { kind: 'role', roleArn, session: execution.name.slice(0, 64) };
}

/** Counts an attempt of a state; gives what replaces the context's marks in it. */
export function stateContext(scope: TaskScope, name: string): Record<string, unknown> {
  const attempt = scope.attempts.get(name) ?? 0;
  scope.attempts.set(name, attempt + 1);
  return {
    'State.Name': name,
    'State.EnteredTime': new Date(scope.machine.clock.now()).toISOString(),
    'State.RetryCount': attempt,
    'Execution.StartTime': new Date(scope.execution.startedAt).toISOString(),
  };
}
