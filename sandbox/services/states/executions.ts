import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type Caller, type Machine } from '../../contract.ts';
import { announceExecution } from './announce-execution.ts';
import type { DeployedStateMachine, Execution, ExecutionStatus, RunnableMachine } from './execution.ts';
import { History } from './history.ts';
import { type MapRun, type MapRunBatch, MapRuns } from './map-run.ts';
import { prepareDefinition } from './prepare-definition.ts';
import { runStates } from './run-states.ts';
import { LARGEST_STATE_BYTES } from './state-size.ts';
import type { TaskScope } from './task-scope.ts';
import type { TaskTokens } from './task-tokens.ts';

// biome-ignore lint/suspicious/noExplicitAny: definitions and inputs are JSON.
type Any = any;

/** Starts and keeps executions of the deployed state machines. */
export class Executions {
  readonly stateMachines = new Map<string, DeployedStateMachine>();
  /** Those of express workflows are not kept: Step Functions does not describe them. */
  readonly all = new Map<string, Execution>();
  readonly mapRuns = new MapRuns();
  readonly #machine: Machine;
  readonly #tokens: TaskTokens;

  constructor(machine: Machine, tokens: TaskTokens) {
    this.#machine = machine;
    this.#tokens = tokens;
  }

  deploy(
    name: string,
    roleArn: string,
    definition: Any,
    tags: DeployedStateMachine['tags'],
  ): DeployedStateMachine {
    const arn = this.#machine.arn('states', `stateMachine:${name}`);
    this.#machine.policies.requireAssumable(roleArn, 'states.amazonaws.com', arn);
    const prepared = prepareDefinition(definition, this.#machine.clock.speed);
    const createdAt = this.#machine.clock.now();
    const deployed = { name, arn, ownerArn: arn, roleArn, definition, prepared, tags, createdAt };
    this.stateMachines.set(arn, deployed);
    return deployed;
  }

  findStateMachine(arn: string): DeployedStateMachine {
    const found = this.stateMachines.get(arn);
    if (!found) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  }

  find(arn: string): Execution {
    const found = this.all.get(arn);
    if (!found) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  start(stateMachineArn: string, input: string, caller: Caller, name: string = randomUUID()): Execution {
    this.#machine.policies.require(caller, { action: 'states:StartExecution', resource: stateMachineArn });
    const stateMachine = this.findStateMachine(stateMachineArn);
    if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name))
      throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    let parsed: Any;
    try {
      parsed = JSON.parse(input);
    } catch (error) {
      throw new AwsError(
        'InvalidExecutionInput',
        `Invalid State Machine Execution Input: '${(error as Error).message}'`,
      );
    }
    if (Buffer.byteLength(input) > LARGEST_STATE_BYTES)
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${LARGEST_STATE_BYTES}`,
      );
    const arn = stateMachineArn.replace(':stateMachine:', ':execution:').concat(`:${name}`);
    const existing = this.all.get(arn);
    if (existing) {
      // The same name and input is the same execution while it runs.
      if (existing.status === 'RUNNING' && existing.input === input) return existing;
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const { execution, settled } = this.#create(arn, name, stateMachine, input);
    this.all.set(arn, execution);
    void this.#run(execution, parsed, settled);
    return execution;
  }

  #startChild(mapRun: MapRun, { name, input, items }: MapRunBatch): Execution {
    const { stateMachine, type } = mapRun;
    const express = type === 'EXPRESS';
    const arn = express
      ? `${stateMachine.arn.replace(':stateMachine:', ':express:')}:${name}:${randomUUID()}`
      : `${stateMachine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const { execution, settled } = this.#create(arn, name, stateMachine, input, { mapRun, items });
    if (!express) this.all.set(arn, execution);
    void this.#run(execution, JSON.parse(input), settled);
    return execution;
  }

  #create(
    arn: string,
    name: string,
    stateMachine: RunnableMachine,
    input: string,
    child?: Execution['child'],
  ): { execution: Execution; settled: () => void } {
    const clock = this.#machine.clock;
    const { promise: ended, resolve: settled } = Promise.withResolvers<void>();
    const execution: Execution = {
      arn,
      name,
      stateMachine,
      input,
      startedAt: clock.now(),
      history: new History(() => clock.now()),
      ended,
      ...(child ? { child } : {}),
      status: 'RUNNING',
      end() {},
    };
    return { execution, settled };
  }

  async #run(execution: Execution, input: Any, settled: () => void): Promise<void> {
    const { stateMachine, history } = execution;
    const { clock } = this.#machine;
    const stop = new AbortController();
    history.add('ExecutionStarted', { input: execution.input, roleArn: stateMachine.roleArn });
    announceExecution(this.#machine, execution);
    const scope: TaskScope = {
      machine: this.#machine,
      tokens: this.#tokens,
      mapRuns: this.mapRuns,
      execution,
      signal: stop.signal,
      context: {
        Execution: { Id: execution.arn, Name: execution.name, RoleArn: stateMachine.roleArn },
        StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
      },
      attempts: new Map(),
      startChild: (mapRun, batch) => this.#startChild(mapRun, batch),
    };
    const settle = (
      status: ExecutionStatus,
      members: Partial<Execution>,
      details?: Record<string, unknown>,
    ) => {
      if (execution.status !== 'RUNNING') return;
      Object.assign(execution, members, { status, stoppedAt: clock.now() });
      const type = {
        SUCCEEDED: 'ExecutionSucceeded',
        FAILED: 'ExecutionFailed',
        ABORTED: 'ExecutionAborted',
        TIMED_OUT: 'ExecutionTimedOut',
        RUNNING: '',
      }[status];
      history.add(type, details);
      announceExecution(this.#machine, execution);
      cancelTimeout();
      settled();
    };
    execution.end = (status, error, cause) => {
      if (execution.status !== 'RUNNING') return;
      const reason = { ...(error ? { error } : {}), ...(cause ? { cause } : {}) };
      // An execution that ran out of time has its reason in the history only.
      settle(status, status === 'TIMED_OUT' ? {} : reason, reason);
      stop.abort();
    };
    const timeout = stateMachine.definition.TimeoutSeconds;
    const cancelTimeout =
      timeout === undefined
        ? () => {}
        : clock.after(timeout * 1000, () => execution.end('TIMED_OUT', 'States.Timeout'));
    try {
      const output = await runStates(scope, stateMachine.prepared, input);
      const text = JSON.stringify(output ?? null);
      settle('SUCCEEDED', { output: text }, { output: text });
    } catch (error) {
      const cause = (error as Error).cause as Error | undefined;
      execution.end('FAILED', cause?.name ?? 'States.Runtime', cause?.message ?? (error as Error).message);
    }
  }

  /** Stops everything, quietly: the sandbox ends. */
  close(): void {
    for (const execution of this.all.values())
      execution.end('ABORTED', 'Sandbox.Closed', 'The sandbox was closed.');
  }
}

/** A stable short identifier for a revision of a definition. */
export function revisionOf(definition: Any): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 16);
}
