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

/** The alarm's own time, or the start of the run: a person may have typed anything for the former. */
export function firstSign({ run }: Pick<RunRecord, 'run'>): string {
  const { at = '' } = run.trigger;
  return Date.parse(at) <= Date.parse(run.startedAt) ? at : run.startedAt;
}

const seconds = (from: string | undefined, to: string | undefined) => {
  const between = Date.parse(to ?? '') - Date.parse(from ?? '');
  return Number.isNaN(between) ? undefined : Math.max(0, Math.round(between / 1000));
};

export function timingsOf(record: RunRecord, entries: readonly AuditEntry[]): Timings {
  const sign = firstSign(record);
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
