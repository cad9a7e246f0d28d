import type { Run, RunRecord } from '../../schemas/run.ts';
import { canonicalJson } from './audit-chain.ts';

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
      : `is at work and holds the lock of ${key} too, ${reasonFor(key, record.target)}`;
  return `${whoIs(owner, record)} ${what}; this trigger joins it.`;
}

/** Why a run holds the lock of something that is not its target. */
function reasonFor(key: string, target: string): string {
  if (key.startsWith('secret/')) return 'which it rotates';
  return target.startsWith('database/') ? 'which it stops and starts' : 'which it deploys anew';
}

/**
 * Whether a run by hand asks for something else than the one that is at work: whoever typed it must not think that it is done.
 * What an alarm or a schedule started joins in any case: it comes again.
 */
export function doesOther(
  mine: Pick<Run, 'runbook' | 'request' | 'trigger'>,
  other: Pick<Run, 'runbook' | 'request'> | undefined,
): boolean {
  if (mine.trigger.kind !== 'person' || other === undefined || !ROTATING.has(mine.runbook)) return false;
  return (
    mine.runbook !== other.runbook || canonicalJson(mine.request ?? {}) !== canonicalJson(other.request ?? {})
  );
}

/** Runbooks whose runs differ in more than their target. */
const ROTATING: ReadonlySet<string> = new Set(['rotate-secret', 'rotate-compromised']);
