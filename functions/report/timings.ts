import type { AuditEntry, RunRecord } from '../../schemas/run.ts';

/** What is counted and timed of a run. Seconds; absent where it cannot be known. */
export interface Timings {
  /** From the first sign (the alarm's own time) to the start of the run. */
  readonly toStart: number | undefined;
  readonly toAct: number | undefined;
  /** From the first sign to the end of verification. */
  readonly toRecover: number | undefined;
  readonly total: number | undefined;
}

const seconds = (from: string | undefined, to: string | undefined) =>
  from === undefined || to === undefined
    ? undefined
    : Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));

export function timingsOf(record: RunRecord, entries: readonly AuditEntry[]): Timings {
  const sign = record.run.trigger.at ?? record.run.startedAt;
  const act = entries.find(({ kind }) => kind === 'action')?.at;
  const checked = entries.findLast(({ kind }) => kind === 'check')?.at;
  return {
    toStart: seconds(record.run.trigger.at, record.run.startedAt),
    toAct: seconds(sign, act),
    toRecover: record.outcome === 'verified' ? seconds(sign, checked) : undefined,
    total: seconds(record.run.startedAt, record.closedAt),
  };
}

/** `75 s`, `2 min 5 s`, `1 h 4 min`. */
export function duration(value: number | undefined): string {
  if (value === undefined) return 'unknown';
  if (value < 90) return `${value} s`;
  const minutes = Math.floor(value / 60);
  if (minutes < 60) return value % 60 === 0 ? `${minutes} min` : `${minutes} min ${value % 60} s`;
  return minutes % 60 === 0
    ? `${Math.floor(minutes / 60)} h`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
