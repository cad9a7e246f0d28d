import type { CheckedTarget, JudgedTarget, WantedRun } from '../../../schemas/daily-health.ts';
import { nameOf } from './judge-targets.ts';
import { shorten } from './shorten.ts';

/** Names that say enough about why a run was started. */
const MOST_REASONS = 3;
const LONGEST_REASON = 60;

/**
 * Runbooks that failures ask for and that their targets let the daily check start, once for each target and runbook. What only warns or
 * is not known starts nothing.
 */
export function wantedRuns(targets: readonly CheckedTarget[], judged: readonly JudgedTarget[]): WantedRun[] {
  const declared = new Map(targets.map((target) => [nameOf(target), target]));
  return judged.flatMap(({ target, bad }) => {
    const found = declared.get(target);
    if (found === undefined) return [];
    const { kind, name } = found;
    const because = new Map<string, string[]>();
    for (const { verdict, runbook = '', check } of bad) {
      if (verdict !== 'fail' || !startsOf(found).includes(runbook)) continue;
      because.set(runbook, [...(because.get(runbook) ?? []), shorten(check, LONGEST_REASON)]);
    }
    return [...because].map(([runbook, checks]) => ({
      runbook,
      kind,
      name,
      because: checks.slice(0, MOST_REASONS),
    }));
  });
}

/** Not every kind of target has runbooks that may be started for it. */
function startsOf({ health }: CheckedTarget): readonly string[] {
  return health !== undefined && 'starts' in health ? health.starts : [];
}
