import type { RunRecord } from '../../schemas/run.ts';

/** Names a run with what it does: `The run 973… (restore-database on database/main)`. */
export function whoIs(id: string, record: Pick<RunRecord, 'run' | 'target'> | undefined): string {
  return record === undefined ? `The run ${id}` : `The run ${id} (${record.run.runbook} on ${record.target})`;
}

/** Why a trigger joins another run: that one is at work on the same target, or needs it for work on another. */
export function whoIsAtWork(
  key: string,
  owner: string,
  record: Pick<RunRecord, 'run' | 'target'> | undefined,
): string {
  const what =
    record === undefined || record.target === key
      ? `is already at work on ${key}`
      : `is at work and holds the lock of ${key} too, which it stops and starts`;
  return `${whoIs(owner, record)} ${what}; this trigger joins it.`;
}
