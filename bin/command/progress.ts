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
    // A failure that is caught leads straight to the next state; one that is retried leaves its step open.
    if (entered !== undefined) {
      for (const step of steps) if (step.failed) step.left ??= at;
      steps.push({ step: entered, entered: at, failed: false });
    }
    if (exited !== undefined) {
      const left = steps.findLast((step) => step.step === exited && step.left === undefined);
      if (left) left.left = at;
    }
    const open = steps.findLast(({ left }) => left === undefined);
    if (!open) continue;
    if (/^(Task|LambdaFunction)(Failed|TimedOut)$/.test(event.type ?? '')) open.failed = true;
    if (/^(Task|LambdaFunction)Succeeded$/.test(event.type ?? '')) open.failed = false;
    if (/^Execution(Failed|TimedOut|Aborted)$/.test(event.type ?? '')) {
      open.left = at;
      open.failed = true;
    }
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
        state: left === undefined ? 'running' : failed ? 'failed' : 'done',
        seconds: Math.max(0, Math.round(((left ?? now) - entered) / 100) / 10),
      } satisfies StepProgress,
    ];
  });
}
