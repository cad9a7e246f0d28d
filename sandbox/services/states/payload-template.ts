import { StateMachine } from 'aws-local-stepfunctions';
import { fillContext } from './context-marks.ts';
import { StateError } from './state-error.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates and their values are JSON.
type Any = any;

/** What a payload template is filled from. */
export interface TemplateSources {
  /** `$` */
  readonly input: Any;
  /** `$$`, as the interpreter is given it. */
  readonly context: Record<string, unknown>;
  /** What stands for the context's marks. */
  readonly marks: Record<string, unknown>;
}

/**
 * Fills a payload template as a state's `Parameters`: by letting the interpreter run a state that does nothing else.
 *
 * @throws StateError where a path or an intrinsic function fails
 */
export async function fillTemplate(template: Any, sources: TemplateSources): Promise<Any> {
  const state = { Type: 'Pass' as const, Parameters: template, End: true as const };
  const run = new StateMachine(
    { StartAt: 'Fill', States: { Fill: state } },
    { validationOptions: { noValidate: true } },
  ).run(sources.input, { context: sources.context });
  try {
    return fillContext(await run.result, sources.marks);
  } catch (error) {
    const { name, message } = ((error as Error).cause ?? error) as Error;
    throw new StateError(name, message);
  }
}

/** The value at a path, such as `$.items`. @throws StateError where there is none */
export async function followPath(path: string, sources: TemplateSources): Promise<Any> {
  return (await fillTemplate({ 'value.$': path }, sources)).value;
}
