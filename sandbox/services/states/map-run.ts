import { AwsError } from '../../contract.ts';
import type { Execution, RunnableMachine } from './execution.ts';
import type { FailureTolerance } from './failure-tolerance.ts';

/** What one child execution processes. */
export interface MapRunBatch {
  /** Name of the child execution. */
  readonly name: string;
  /** JSON text. */
  readonly input: string;
  readonly items: number;
}

/** The child executions of one distributed Map state, and the settings that control them. */
export interface MapRun {
  readonly arn: string;
  /** Last part of the ARN, under which results are written. */
  readonly id: string;
  /** The execution whose Map state it is. */
  readonly parent: Execution;
  readonly stateMachine: RunnableMachine;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly startedAt: number;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  stoppedAt?: number;
  /** As configured; 0 when it is not. */
  maxConcurrency: number;
  tolerance: FailureTolerance;
  batches: readonly MapRunBatch[];
  /** By name. */
  readonly children: Map<string, Execution>;
  /** Child executions whose results are in S3, or in the output of the state. */
  resultsWritten: readonly string[];
}

const COUNTED = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timedOut',
  ABORTED: 'aborted',
} as const;

/** How many child executions, or items, are in which state. */
export function countMapRun({ batches, children, resultsWritten }: MapRun, what: 'executions' | 'items') {
  const written = new Set(resultsWritten);
  const counts = {
    pending: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    total: 0,
    resultsWritten: 0,
  };
  for (const { name, items } of batches) {
    const weight = what === 'items' ? items : 1;
    const child = children.get(name);
    counts[child ? COUNTED[child.status] : 'pending'] += weight;
    counts.total += weight;
    if (written.has(name)) counts.resultsWritten += weight;
  }
  return counts;
}

/** The Map Runs of all executions. */
export class MapRuns {
  readonly all = new Map<string, MapRun>();

  find(arn: string): MapRun {
    const found = this.all.get(arn);
    if (!found) throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`);
    return found;
  }

  /** Those that an execution has started, the latest first. */
  of(executionArn: string): MapRun[] {
    return [...this.all.values()].filter(({ parent }) => parent.arn === executionArn).toReversed();
  }
}
