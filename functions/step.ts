import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Phase } from '../schemas/names.ts';
import { InvalidInput } from './errors.ts';
import { noteError } from './step/note-error.ts';
import { observe } from './step/observe.ts';
import { problems } from './step/problems.ts';
import { runUntilDeadline } from './step/run-until-deadline.ts';

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
  return middy<unknown, unknown, Error, Context>()
    .use(
      observe({
        name,
        keys(event) {
          const run = runIdOf(event);
          return { phase, ...(run ? { run } : {}) };
        },
        async onError(error, event) {
          const run = runIdOf(event);
          if (run !== undefined) await noteError(run, { step: name, phase }, error);
        },
      }),
    )
    .handler(async (event, context) => {
      const input = z.safeParse(definition.input, event);
      if (!input.success)
        throw new InvalidInput(
          `The input of ${name} is not as it should be: ${problems(input.error)}. Nothing was changed.`,
        );
      const output = await runUntilDeadline(name, context.getRemainingTimeInMillis(), (signal) =>
        definition.run(input.data, { step: name, phase, signal }),
      );
      const checked = z.safeParse(definition.output, output);
      // A fault of the step itself; what it did is done, and the audit log has it.
      if (!checked.success)
        throw new Error(`The output of ${name} is not as it should be: ${problems(checked.error)}.`);
      return checked.data;
    });
}

/** The run that an event belongs to: `run` within a runbook, `execution` for its first and last step. */
function runIdOf(event: unknown): string | undefined {
  const { run, execution } = (event ?? {}) as { run?: { id?: unknown }; execution?: { id?: unknown } };
  const id = run?.id ?? execution?.id;
  return typeof id === 'string' ? id : undefined;
}
