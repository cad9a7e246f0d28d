import type { Judgement } from '../../schemas/finding.ts';
import { duration } from '../report/timings.ts';
import type { LockItem } from '../run/lock.ts';

/** The execution of the run that holds a lock, as Step Functions tells of it. */
export interface Holder {
  readonly status: string;
  readonly startedAt: Date;
  readonly endedAt?: Date;
}

/** The reaper of dead runs is started by an event; it may come so late, in seconds. */
const REAPER_SECONDS = 300;
const EXPECTED = 'free, or held by a run that is at work';

/**
 * Judges whether the lock of a service would let a roll-back begin, now or soon.
 *
 * @param holder undefined where Step Functions knows no such execution
 */
export function judgeLock(
  item: LockItem | undefined,
  holder: Holder | undefined,
  maxAgeSeconds: number,
  now: Date,
): Judgement {
  const say = (verdict: Judgement['verdict'], observed: string): Judgement => ({
    verdict,
    observed,
    expected: `${EXPECTED}, for at most ${duration(maxAgeSeconds)}`,
  });
  if (item?.ownerRun === undefined) return say('pass', 'it is free');
  const run = `the run ${item.ownerRun}`;
  const expired = item.expiresAtMilliseconds < now.getTime();
  if (holder?.status === 'RUNNING') {
    const held = secondsBetween(holder.startedAt, now);
    if (held > maxAgeSeconds)
      return say('fail', `${run} holds it, and has been at work for ${duration(held)}`);
    return expired
      ? say('warn', `${run} is said to run, but gives no sign of life: the next run takes the lock over`)
      : say('pass', `${run} has been at work for ${duration(held)}`);
  }
  // Nothing waits for it any more.
  if (expired) return say('warn', `${run} has died without giving it back; the next run takes it over`);
  if (holder === undefined) return say('fail', `${run} holds it, and Step Functions knows of no such run`);
  const ended = holder.endedAt === undefined ? undefined : secondsBetween(holder.endedAt, now);
  const how = `${run} ended as ${holder.status}`;
  return ended !== undefined && ended <= REAPER_SECONDS
    ? say('warn', `${how} a moment ago, and has not given it back yet`)
    : say('fail', `${how}, and nobody has given it back; it is held until it expires`);
}

const secondsBetween = (from: Date, to: Date) =>
  Math.max(0, Math.floor((to.getTime() - from.getTime()) / 1000));
