import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { median, table } from './statistics.ts';

/** The alternative to events: Wait, look, Choice, every so many seconds. */
const POLLING_SECONDS = 30;

/** When what a state of a run waited for was there: the date of the event in which RDS says so. */
export interface Ready {
  /** `await-snapshot` */
  readonly state: string;
  readonly at: Date;
}

/**
 * Seconds between RDS being ready and the run going on, against a polling loop that began when the wait did, from the
 * execution's history. Both in the sandbox's time.
 *
 * @param waits of one run; a state that the run was in twice counts from its first time
 */
export function waitingFigures(history: readonly HistoryEvent[], waits: readonly Ready[]): string {
  const measured = waits.map(({ state, at }) => {
    const entered = timeOf(history, (event) => event.stateEnteredEventDetails?.name === state);
    const left = timeOf(history, (event) => event.stateExitedEventDetails?.name === state);
    if (entered === undefined || left === undefined) throw new Error(`The run did not wait in ${state}.`);
    const waited = (at.getTime() - entered) / 1000;
    // What was there before the wait began is seen at the first look, which is at once.
    const polled = Math.max(0, Math.ceil(waited / POLLING_SECONDS)) * POLLING_SECONDS - Math.max(0, waited);
    return { state, waited, byEvent: (left - Math.max(at.getTime(), entered)) / 1000, polled };
  });
  return table(
    ['wait', 'waited, s', 'ready → goes on, s', `with a poll every ${POLLING_SECONDS} s, s`],
    [
      ...measured.map(({ state, waited, byEvent, polled }) => [
        state,
        waited.toFixed(0),
        byEvent.toFixed(1),
        polled.toFixed(1),
      ]),
      [
        'median',
        median(measured.map(({ waited }) => waited)).toFixed(0),
        median(measured.map(({ byEvent }) => byEvent)).toFixed(1),
        median(measured.map(({ polled }) => polled)).toFixed(1),
      ],
    ],
  );
}

function timeOf(history: readonly HistoryEvent[], is: (event: HistoryEvent) => boolean): number | undefined {
  return history.find(is)?.timestamp?.getTime();
}
