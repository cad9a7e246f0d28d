import type { History } from './history.ts';
import type { MapRun } from './map-run.ts';
import type { PreparedDefinition } from './prepare-definition.ts';

// biome-ignore lint/suspicious/noExplicitAny: definitions are JSON.
type Any = any;

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What an execution runs: a state machine of a template, or the item processor of a distributed Map state in one. */
export interface RunnableMachine {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly definition: Any;
  readonly prepared: PreparedDefinition;
  /** The deployed state machine, for permissions: its own ARN, or that of the one with the Map state. */
  readonly ownerArn: string;
}

export interface DeployedStateMachine extends RunnableMachine {
  readonly createdAt: number;
  readonly tags: ReadonlyArray<{ Key: string; Value: string }>;
}

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachine: RunnableMachine;
  readonly input: string;
  readonly startedAt: number;
  readonly history: History;
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<void>;
  /** The Map Run that started it, and how many items it processes. */
  readonly child?: { readonly mapRun: MapRun; readonly items: number };
  status: ExecutionStatus;
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  /** Ends it from outside. */
  end(status: 'ABORTED' | 'TIMED_OUT' | 'FAILED', error?: string, cause?: string): void;
}
