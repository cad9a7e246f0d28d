import { createHash, randomUUID } from 'node:crypto';
import { StateMachine } from 'aws-local-stepfunctions';
import { AwsError, type Caller, type Machine } from '../../contract.ts';
import { History, LARGEST_HISTORY } from './history.ts';
import { type PreparedDefinition, prepareDefinition } from './prepare-definition.ts';
import { runTask } from './run-task.ts';
import { fitsState, LARGEST_STATE_BYTES } from './state-size.ts';
import type { TaskTokens } from './task-tokens.ts';

// biome-ignore lint/suspicious/noExplicitAny: definitions and inputs are JSON.
type Any = any;

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface DeployedStateMachine {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly definition: Any;
  readonly prepared: PreparedDefinition;
  readonly createdAt: number;
  readonly tags: ReadonlyArray<{ Key: string; Value: string }>;
}

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachine: DeployedStateMachine;
  readonly input: string;
  readonly startedAt: number;
  readonly history: History;
  status: ExecutionStatus;
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  /** Ends it from outside. */
  end(status: 'ABORTED' | 'TIMED_OUT' | 'FAILED', error?: string, cause?: string): void;
}

/** Starts and keeps executions of the deployed state machines. */
export class Executions {
  readonly stateMachines = new Map<string, DeployedStateMachine>();
  readonly all = new Map<string, Execution>();
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
    const deployed = { name, arn, roleArn, definition, prepared, tags, createdAt: this.#machine.clock.now() };
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
    const execution = this.#create(arn, name, stateMachine, input);
    this.all.set(arn, execution);
    void this.#run(execution, parsed);
    return execution;
  }

  #create(arn: string, name: string, stateMachine: DeployedStateMachine, input: string): Execution {
    const clock = this.#machine.clock;
    return {
      arn,
      name,
      stateMachine,
      input,
      startedAt: clock.now(),
      history: new History(() => clock.now()),
      status: 'RUNNING',
      end() {},
    };
  }

  async #run(execution: Execution, input: Any): Promise<void> {
    const { stateMachine, history } = execution;
    const { clock } = this.#machine;
    const stop = new AbortController();
    history.add('ExecutionStarted', { input: execution.input, roleArn: stateMachine.roleArn });
    this.#announce(execution);
    const scope = {
      machine: this.#machine,
      tokens: this.#tokens,
      history,
      roleArn: stateMachine.roleArn,
      executionName: execution.name,
      stateMachineArn: stateMachine.arn,
      startedAt: execution.startedAt,
      signal: stop.signal,
      attempts: new Map<string, number>(),
    };
    const handlers = Object.fromEntries(
      [...stateMachine.prepared.states].map(([name, state]) => [
        name,
        (processed: Any) => runTask(scope, name, state, processed) as Promise<Any>,
      ]),
    );
    const run = new StateMachine(stateMachine.prepared.definition, {
      validationOptions: { noValidate: true },
    }).run(input, {
      overrides: { taskResourceLocalHandlers: handlers },
      context: {
        Execution: { Id: execution.arn, Name: execution.name, RoleArn: stateMachine.roleArn },
        StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
      },
    });
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
      this.#announce(execution);
      cancelTimeout();
    };
    execution.end = (status, error, cause) => {
      if (execution.status !== 'RUNNING') return;
      const reason = { ...(error ? { error } : {}), ...(cause ? { cause } : {}) };
      // An execution that ran out of time has its reason in the history only.
      settle(status, status === 'TIMED_OUT' ? {} : reason, reason);
      stop.abort();
      run.abort();
    };
    const timeout = stateMachine.definition.TimeoutSeconds;
    const cancelTimeout =
      timeout === undefined
        ? () => {}
        : clock.after(timeout * 1000, () => execution.end('TIMED_OUT', 'States.Timeout'));
    const typeOf = (name: string) => stateMachine.prepared.states.get(name)?.Type;
    const recorded = (async () => {
      for await (const event of run.eventLogs) {
        if (execution.status !== 'RUNNING') continue;
        if (event.type === 'StateEntered') scope.attempts.delete(event.state.name);
        history.interpreterEvent(event, typeOf);
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
    })();
    try {
      const output = await run.result;
      await recorded;
      const text = JSON.stringify(output ?? null);
      settle('SUCCEEDED', { output: text }, { output: text });
    } catch (error) {
      const cause = (error as Error).cause as Error | undefined;
      await recorded.catch(() => {});
      execution.end('FAILED', cause?.name ?? 'States.Runtime', cause?.message ?? (error as Error).message);
    }
  }

  #announce(execution: Execution): void {
    const { stateMachine, status } = execution;
    const metric = {
      RUNNING: 'ExecutionsStarted',
      SUCCEEDED: 'ExecutionsSucceeded',
      FAILED: 'ExecutionsFailed',
      ABORTED: 'ExecutionsAborted',
      TIMED_OUT: 'ExecutionsTimedOut',
    }[status];
    this.#machine.engines.putMetric({
      namespace: 'AWS/States',
      name: metric,
      dimensions: { StateMachineArn: stateMachine.arn },
      value: 1,
    });
    this.#machine.engines.putEvent({
      source: 'aws.states',
      detailType: 'Step Functions Execution Status Change',
      resources: [execution.arn],
      detail: {
        executionArn: execution.arn,
        stateMachineArn: stateMachine.arn,
        name: execution.name,
        status,
        startDate: execution.startedAt,
        stopDate: execution.stoppedAt ?? null,
        input: execution.input,
        inputDetails: { included: true },
        output: execution.output ?? null,
        outputDetails: execution.output === undefined ? null : { included: true },
        error: execution.error ?? null,
        cause: execution.cause ?? null,
      },
    });
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
