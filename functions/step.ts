import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Phase } from '../schemas/names.ts';
import { underDeadline } from './clients.ts';
import { InvalidInput, Transient } from './errors.ts';
import { mapError } from './step/map-error.ts';
import { noteError } from './step/note-error.ts';
import { logger, metrics, openTrace } from './step/observability.ts';
import { redact } from './step/redact.ts';

/** A step ends itself this long before Lambda would end it, so that it can still say why. Milliseconds. */
const DEADLINE_MARGIN_MILLISECONDS = 1000;
/** A step that is called with less time than the margin still gets this long. Milliseconds. */
const SHORTEST_RUN_MILLISECONDS = 100;

/** What a step is given beside its input. */
export interface StepTools {
  readonly step: string;
  readonly phase: Phase;
  /** Aborts when the deadline is near; goes into every call that can take long. */
  readonly signal: AbortSignal;
}

export interface StepDefinition<Input, Output> {
  /** File name of the step, which is also the name of its state. */
  readonly name: string;
  readonly phase: Phase;
  readonly input: z.ZodMiniType<Input>;
  readonly output: z.ZodMiniType<Output>;
  run(input: Input, tools: StepTools): Promise<Output>;
}

/**
 * Wraps a step's function into a Lambda handler: input and output are checked against their schemas, logs carry the run's id,
 * errors become the runbook's own and are noted in the run's audit log, and the deadline is kept.
 *
 * @example
 * export const handler = step({ name: 'probe-health', phase: 'verify', input: Input, output: Evidence, run: probe });
 */
export function step<Input, Output>(definition: StepDefinition<Input, Output>) {
  const { name, phase } = definition;
  let finished: (error?: Error) => void = () => {};
  const observe: MiddlewareObj<unknown, unknown, Error, Context> = {
    async before({ event, context }) {
      const run = runIdOf(event);
      logger.resetKeys();
      logger.appendKeys({ step: name, phase, request: context.awsRequestId, ...(run ? { run } : {}) });
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
      const run = runIdOf(request.event);
      if (run !== undefined) await noteError(run, { step: name, phase }, error);
      finished(error);
      // middy throws what stands here when no middleware has answered.
      request.error = error;
    },
  };
  return middy<unknown, unknown, Error, Context>()
    .use(observe)
    .handler(async (event, context) => {
      const input = z.safeParse(definition.input, event);
      if (!input.success)
        throw new InvalidInput(
          `The input of ${name} is not as it should be: ${problems(input.error)}. Nothing was changed.`,
        );
      const output = await runUntilDeadline(definition, input.data, context.getRemainingTimeInMillis());
      const checked = z.safeParse(definition.output, output);
      // A fault of the step itself; what it did is done, and the audit log has it.
      if (!checked.success)
        throw new Error(`The output of ${name} is not as it should be: ${problems(checked.error)}.`);
      return checked.data;
    });
}

async function runUntilDeadline<Input, Output>(
  { name, phase, run }: StepDefinition<Input, Output>,
  input: Input,
  remainingMilliseconds: number,
): Promise<Output> {
  const deadline = new AbortController();
  const { signal } = deadline;
  const timer = setTimeout(
    () => deadline.abort(),
    Math.max(remainingMilliseconds - DEADLINE_MARGIN_MILLISECONDS, SHORTEST_RUN_MILLISECONDS),
  );
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(new Transient(`${name} did not finish in time. It is tried again; it does nothing twice.`)),
    );
  });
  try {
    return await Promise.race([underDeadline(signal, () => run(input, { step: name, phase, signal })), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The run that an event belongs to: `run` within a runbook, `execution` for its first and last step. */
function runIdOf(event: unknown): string | undefined {
  const { run, execution } = (event ?? {}) as { run?: { id?: unknown }; execution?: { id?: unknown } };
  const id = run?.id ?? execution?.id;
  return typeof id === 'string' ? id : undefined;
}

function problems({ issues }: z.core.$ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ');
}
