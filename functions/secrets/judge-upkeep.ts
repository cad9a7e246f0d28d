import { createHash } from 'node:crypto';
import { presentRecord } from './present-record.ts';
import type { RotationRecord } from './state.ts';

const DAY_MILLISECONDS = 86_400_000;
/** A rotation that nobody has recorded may still be proved by the run that made it. Milliseconds. */
const SETTLE_MILLISECONDS = 30 * 60_000;
/** What was rotated longer ago without us was so before we looked after it. Milliseconds. */
const NEWS_MILLISECONDS = 7 * DAY_MILLISECONDS;

/** What is known of a secret. */
export interface Kept {
  readonly current: string | null;
  readonly previous: string | null;
  readonly lastRotatedAt: string | null;
  /** The newest record. */
  readonly record: RotationRecord | null;
  /** Since when it is looked after (ISO 8601). */
  readonly watchedSince: string;
  readonly rotateEveryDays: number | undefined;
}

export interface Upkeep {
  readonly days: number;
  readonly overdue: boolean;
  /** Why a run is to finish its rotation; null: nothing is to be done. */
  readonly finish: 'retirement is due' | 'nobody has proved it' | null;
}

/** How long ago a secret was rotated, and whether something of its last rotation is left to do. */
export function judgeUpkeep(kept: Kept, now: Date): Upkeep {
  const { rotateEveryDays, record, lastRotatedAt, watchedSince } = kept;
  const taken = record?.undoneAt === undefined ? record?.rotatedAt : undefined;
  const times = [taken, record?.undoneAt === undefined ? lastRotatedAt : null].flatMap((time) => time ?? []);
  const last = times.toSorted().at(-1) ?? watchedSince;
  const days = Math.max(0, (now.getTime() - Date.parse(last)) / DAY_MILLISECONDS);
  return {
    days,
    overdue: rotateEveryDays !== undefined && days > rotateEveryDays,
    finish: toFinish(kept, now),
  };
}

function toFinish(kept: Kept, now: Date): Upkeep['finish'] {
  const { previous, lastRotatedAt, current } = kept;
  if (current === null || previous === null) return null;
  const record = presentRecord(kept);
  if (record !== null) {
    if (record.undoneAt !== undefined || record.retiredAt !== undefined || record.retireAt === undefined)
      return null;
    return Date.parse(record.retireAt) <= now.getTime() ? 'retirement is due' : null;
  }
  if (lastRotatedAt === null) return null;
  const age = now.getTime() - Date.parse(lastRotatedAt);
  return age > SETTLE_MILLISECONDS && age < NEWS_MILLISECONDS ? 'nobody has proved it' : null;
}

/**
 * Name of the execution that finishes a rotation: the same for a day, so that a function which runs twice starts one run, and one that
 * did not come to its end is followed by another the next day.
 */
export function finishingRun(secret: string, version: string, now: Date): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([secret, version]))
    .digest('hex')
    .slice(0, 12);
  return `finish-${secret.slice(0, 40)}-${hash}-${now.toISOString().slice(0, 10)}`;
}
