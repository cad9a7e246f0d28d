import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { RunbookEntry } from '../../schemas/deployment.ts';

export interface StepProgress {
  readonly phase: string;
  readonly step: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly seconds: number;
}

/** Where a run is, from its history: one line for each step that was entered, in order. */
export function progressOf(
  entry: Pick<RunbookEntry, 'states'>,
  events: readonly HistoryEvent[],
  now: number,
): StepProgress[] {
  const steps: Array<{ step: string; entered: number; left?: number; failed: boolean }> = [];
  for (const event of events) {
    const at = event.timestamp?.getTime() ?? now;
    const entered = event.stateEnteredEventDetails?.name;
    const exited = event.stateExitedEventDetails?.name;
    if (entered !== undefined) steps.push({ step: entered, entered: at, failed: false });
    const open = steps.findLast(({ left }) => left === undefined);
    if (exited !== undefined && open) open.left = at;
    if (
      (event.type === 'TaskFailed' ||
        event.type === 'TaskTimedOut' ||
        event.type === 'LambdaFunctionFailed') &&
      open
    )
      open.failed = true;
    if (event.type === 'TaskSucceeded' && open) open.failed = false;
    if (event.type?.startsWith('Execution') && event.type !== 'ExecutionStarted' && open) open.left = at;
  }
  const phases = new Map(Object.entries(entry.states));
  return steps.flatMap(({ step, entered, left, failed }) => {
    // Joints between the steps are of no interest to whoever watches; pauses belong to verifying.
    const phase = phases.get(step) ?? (step === 'observe' ? 'verify' : undefined);
    if (phase === undefined) return [];
    return [
      {
        phase,
        step,
        state: failed ? 'failed' : left === undefined ? 'running' : 'done',
        seconds: Math.max(0, Math.round(((left ?? now) - entered) / 1000)),
      } satisfies StepProgress,
    ];
  });
}
