import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { mapError } from './map-error.ts';
import { logger, metrics, openTrace } from './observability.ts';
import { redact } from './redact.ts';

export interface Observed {
  /** Name in logs, metrics, traces and errors. */
  readonly name: string;
  /** What every line of the log carries beside it. */
  keys(event: unknown): Readonly<Record<string, string>>;
  /** Is told of an error as it will be thrown; must not fail. */
  onError(error: Error, event: unknown): Promise<void>;
}

/** Logs, metrics and a trace for a function, and errors as the runbook knows them, without secrets in them. */
export function observe({ name, keys, onError }: Observed): MiddlewareObj<unknown, unknown, Error, Context> {
  let finished: (error?: Error) => void = () => {};
  return {
    async before({ event, context }) {
      logger.resetKeys();
      logger.appendKeys({ step: name, request: context.awsRequestId, ...keys(event) });
      const trace = await openTrace(name);
      const started = performance.now();
      finished = (error) => {
        trace.end(error);
        metrics.addDimension('step', name);
        metrics.addMetric(error ? 'StepFailed' : 'StepSucceeded', 'Count', 1);
        metrics.addMetric('StepDuration', 'Milliseconds', performance.now() - started);
        metrics.publishStoredMetrics();
      };
    },
    after() {
      finished();
    },
    async onError(request) {
      const error = mapError(request.error, name);
      // Step Functions shows the stack to everyone who may describe the execution.
      error.stack = redact(error.stack ?? '');
      logger.error(error.message, { error: error.name, stack: error.stack });
      await onError(error, request.event);
      finished(error);
      // middy throws what stands here when no middleware has answered.
      request.error = error;
    },
  };
}
