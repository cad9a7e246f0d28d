import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { progressOf } from '../../../bin/command/progress.ts';

const BEGUN = Date.parse('2026-11-21T03:00:00Z');
const states = {
  'open-run': 'open',
  'plan-rollback': 'plan',
  'roll-service-back': 'act',
  'close-run': 'close',
} as const;

/** A history, one event for each second. */
function history(
  ...events: ReadonlyArray<readonly [type: HistoryEventType, state?: string]>
): HistoryEvent[] {
  return events.map(([type, name], index) => ({
    id: index + 1,
    type,
    timestamp: new Date(BEGUN + index * 1000),
    ...(type.endsWith('StateEntered') ? { stateEnteredEventDetails: { name } } : {}),
    ...(type.endsWith('StateExited') ? { stateExitedEventDetails: { name } } : {}),
  }));
}
const progress = (events: HistoryEvent[], secondsLater = 0) =>
  progressOf({ states }, events, BEGUN + secondsLater * 1000).map(({ step, state }) => `${step} ${state}`);

describe('progressOf', () => {
  it('is empty before the first step', () => {
    expect(progress(history(['ExecutionStarted']))).toEqual([]);
  });

  it('gives each step its phase, in order', () => {
    const events = history(
      ['ExecutionStarted'],
      ['TaskStateEntered', 'open-run'],
      ['TaskSucceeded'],
      ['TaskStateExited', 'open-run'],
      ['TaskStateEntered', 'plan-rollback'],
    );
    expect(progressOf({ states }, events, BEGUN + 10_000)).toEqual([
      { phase: 'open', step: 'open-run', state: 'done', seconds: 2 },
      { phase: 'plan', step: 'plan-rollback', state: 'running', seconds: 6 },
    ]);
  });

  it('leaves out the joints between the steps', () => {
    const events = history(['ChoiceStateEntered', 'needs-approval'], ['ChoiceStateExited', 'needs-approval']);
    expect(progress(events)).toEqual([]);
  });

  it('counts the pause for observation as verifying', () => {
    const [step] = progressOf({ states }, history(['WaitStateEntered', 'observe']), BEGUN);
    expect(step).toMatchObject({ phase: 'verify', step: 'observe', state: 'running' });
  });

  it('shows a step whose failure was caught as failed, and the next as running', () => {
    const events = history(
      ['TaskStateEntered', 'plan-rollback'],
      ['TaskFailed'],
      ['TaskStateExited', 'plan-rollback'],
      ['TaskStateEntered', 'close-run'],
    );
    expect(progress(events)).toEqual(['plan-rollback failed', 'close-run running']);
  });

  it('shows it so even where the history does not say that it was left', () => {
    const events = history(
      ['TaskStateEntered', 'plan-rollback'],
      ['TaskFailed'],
      ['TaskStateEntered', 'close-run'],
      ['TaskStateExited', 'close-run'],
    );
    expect(progress(events)).toEqual(['plan-rollback failed', 'close-run done']);
  });

  it('shows a step that is tried again as running', () => {
    expect(progress(history(['TaskStateEntered', 'open-run'], ['TaskFailed'], ['TaskScheduled']))).toEqual([
      'open-run running',
    ]);
  });

  it('forgets a failure after which the step succeeded', () => {
    const events = history(
      ['TaskStateEntered', 'open-run'],
      ['TaskFailed'],
      ['TaskScheduled'],
      ['TaskSucceeded'],
      ['TaskStateExited', 'open-run'],
    );
    expect(progress(events)).toEqual(['open-run done']);
  });

  it.each(['TaskFailed', 'TaskTimedOut', 'LambdaFunctionFailed', 'LambdaFunctionTimedOut'] as const)(
    'takes %s for a failure',
    (type) => {
      const events = history(['TaskStateEntered', 'open-run'], [type], ['TaskStateExited', 'open-run']);
      expect(progress(events)).toEqual(['open-run failed']);
    },
  );

  it.each(['ExecutionAborted', 'ExecutionFailed', 'ExecutionTimedOut'] as const)(
    'shows the step that %s interrupted as failed',
    (type) => {
      expect(progress(history(['TaskStateEntered', 'roll-service-back'], [type]), 60)).toEqual([
        'roll-service-back failed',
      ]);
    },
  );

  it('stops the clock of the step that was interrupted', () => {
    const events = history(
      ['TaskStateEntered', 'roll-service-back'],
      ['TaskScheduled'],
      ['ExecutionAborted'],
    );
    expect(progressOf({ states }, events, BEGUN + 60_000)).toMatchObject([{ seconds: 2 }]);
  });

  it('closes the branch that was left, not the one that was entered last', () => {
    const events = history(
      ['TaskStateEntered', 'open-run'],
      ['TaskStateEntered', 'plan-rollback'],
      ['TaskStateExited', 'open-run'],
    );
    expect(progress(events)).toEqual(['open-run done', 'plan-rollback running']);
  });

  it('shows a step that is entered twice as two steps', () => {
    const events = history(
      ['TaskStateEntered', 'plan-rollback'],
      ['TaskStateExited', 'plan-rollback'],
      ['TaskStateEntered', 'plan-rollback'],
    );
    expect(progress(events)).toEqual(['plan-rollback done', 'plan-rollback running']);
  });
});
