import type { Machine } from '../../contract.ts';
import type { Execution } from './execution.ts';

const METRICS = {
  RUNNING: 'ExecutionsStarted',
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  ABORTED: 'ExecutionsAborted',
  TIMED_OUT: 'ExecutionsTimedOut',
} as const;

/** Tells CloudWatch and EventBridge the status of an execution. Express workflows have no events. */
export function announceExecution({ engines }: Machine, execution: Execution): void {
  const { stateMachine, status } = execution;
  engines.putMetric({
    namespace: 'AWS/States',
    name: METRICS[status],
    dimensions: { StateMachineArn: stateMachine.arn },
    value: 1,
  });
  if (execution.child?.mapRun.type === 'EXPRESS') return;
  engines.putEvent({
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
