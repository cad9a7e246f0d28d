import { ErrorName } from '../../schemas/names.ts';
import { short } from '../ecs/steadiness.ts';
import type { Ending } from './look-again.ts';
import type { Parked, WaitedFor } from './parked.ts';

/**
 * So long before the state's own time-out, in seconds: the sweep, which comes every two minutes, must still find the wait,
 * also if it was missed twice.
 */
const MARGIN_SECONDS = 420;
/** Of a short wait the margin would leave nothing: it goes on for at least this part of its time. */
const SHORTEST_PART = 0.5;

/** From when on a wait is given up that began now, in a state with this time-out. */
export function giveUpAt(now: Date, waitSeconds: number): Date {
  const seconds = Math.max(waitSeconds - MARGIN_SECONDS, waitSeconds * SHORTEST_PART);
  return new Date(now.getTime() + seconds * 1000);
}

/** What is waited for, as the object of `waits for`. */
export function describeWait(waited: WaitedFor): string {
  switch (waited.kind) {
    case 'steady-service':
      return `ECS to report ${short(waited.wanted)} steady`;
    case 'db-instance':
      return `the instance ${waited.identifier} to become available`;
    case 'db-snapshot':
      return `the snapshot ${waited.identifier} to become available`;
    case 'consumers':
      return waited.services
        .map(({ name, running }) => (running === 0 ? `${name} to stop` : `${name} to run ${running} tasks`))
        .join(', ');
    case 'ecs-task':
      return `the task ${short(waited.taskArn)} to end`;
    case 'secret-rotations':
      return `${waited.secrets.map(({ name }) => name).join(', ')} to be rotated`;
  }
}

/** What a person does about a wait that was given up. */
const ADVICE = {
  'steady-service': "Look at the service's events and stopped tasks in ECS: it may still become steady.",
  'db-instance':
    'Look at the instance and its recent events in RDS: what was asked for may still come about. Once the instance is available, start the runbook again; it looks for itself how far things are.',
  'db-snapshot':
    'Look at the snapshot in RDS: it may still become available. Start the runbook again when you need one sooner.',
  consumers:
    "Look at the services' events and stopped tasks in ECS, and bring each to the number of tasks that it should have.",
  'secret-rotations':
    'Secrets Manager may still go on with the rotation: look at the versions of the secret and at the log of its rotation function before you start the runbook again.',
  'ecs-task': 'The task may still be running: look at it and its log in ECS, and stop it or let it end.',
} as const satisfies Record<Parked['kind'], string>;

/**
 * How a wait ends that has taken too long: a failure that says what a bare `States.Timeout` would not.
 *
 * @param seen what the last look saw, as a part of a sentence
 */
export function givingUp(parked: Parked, seen: string, now: Date): Ending {
  const minutes = Math.max(1, Math.round((now.getTime() - Date.parse(parked.parkedAt)) / 60_000));
  if ((parked.kind === 'secret-rotations' || parked.kind === 'consumers') && parked.tolerant)
    return {
      state: 'done',
      output: { at: now.toISOString(), gaveUp: seen },
      summary: `NOT all has come after ${minutes} minute${minutes === 1 ? '' : 's'}, and the run goes on without it: ${seen}`,
    };
  return {
    state: 'failed',
    error: ErrorName.VerificationFailed,
    cause: `Waited ${minutes} minute${minutes === 1 ? '' : 's'} for ${describeWait(parked)} in vain; last seen: ${seen}. Waiting changed nothing; what this run had asked for before stays asked for, and is not proved good. ${ADVICE[parked.kind]}`,
  };
}
