import { setTimeout as sleep } from 'node:timers/promises';
import { NeedsHuman } from '../../errors.ts';
import { readAction } from '../../run/action-record.ts';
import type { Session } from '../session.ts';
import type { TakeOver } from './ownership.ts';
import { ActionName } from './ownership-state.ts';
import { readOldSessions } from './read-old-sessions.ts';
import { withRoles } from './with-roles.ts';

/** How long sessions are waited for, and between two looks. Milliseconds. */
export interface Pace {
  readonly grace: number;
  readonly interval: number;
}
/** The clock of this function and the server's may be so far apart. Milliseconds. */
const CLOCK_MARGIN_MILLISECONDS = 60_000;

/** @throws NeedsHuman while somebody still acts as the owner role, and would lose what is given back */
export async function untilReconnected(
  session: Session,
  { users, ownerRole }: TakeOver,
  runId: string,
  beganAt: string,
  signal: AbortSignal,
  { grace, interval }: Pace,
): Promise<void> {
  const record = await readAction(runId, ActionName.resetSessions);
  const until = new Date((record?.result as { changedAt: string } | undefined)?.changedAt ?? Date.now());
  const from = new Date(Date.parse(beganAt) - CLOCK_MARGIN_MILLISECONDS);
  const end = performance.now() + grace;
  for (;;) {
    const acting = await withRoles(session, users, () => readOldSessions(session, users, until, from));
    if (acting === 0) return;
    if (performance.now() >= end)
      throw new NeedsHuman(
        `${acting} sessions of ${users.join(' and ')} may still act as ${ownerRole}, and would lose its objects if these were given back now. All clients go on working as things are: new sessions begin as themselves. Restart those clients, then give the objects back with "REASSIGN OWNED BY", as the plan lists them.`,
        { sessions: acting },
      );
    await sleep(interval, undefined, { signal });
  }
}
