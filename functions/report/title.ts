import type { RunRecord } from '../../schemas/run.ts';
import { judged } from './judged-checks.ts';
import { looksOnly, wrongInput } from './looks-only.ts';

/** First line of the report: in the runbook's own words where it has any, otherwise made from how the run ended. */
export function title(record: RunRecord): string {
  const { outcome = 'failed', run, target, plan, verdict } = record;
  if (verdict !== undefined) return verdict.title;
  if (wrongInput(record)) return `${run.runbook} did not begin: its input for ${target} is not right`;
  if (looksOnly(plan)) {
    const found = titleOfLook(record);
    if (found !== undefined) return found;
  }
  const words: Record<typeof outcome, string> = {
    verified: plan?.words?.verified ?? `${target} is as it must be`,
    planned: `A plan for ${target}; nothing was changed`,
    refused: `${run.runbook} refused to touch ${target}`,
    joined: `${target}: this alarm joined a run that was already at work`,
    undone: `${target}: the change was undone`,
    failed: `${target} needs you`,
  };
  return words[outcome];
}

function titleOfLook({ outcome, run, target, checks }: RunRecord): string | undefined {
  const { fail, unknown } = judged(checks);
  switch (outcome) {
    case 'refused':
      return `${run.runbook} says no to ${target}`;
    case 'failed':
      if (fail.length > 0) return `${target} is not as it must be`;
      return unknown.length > 0
        ? `Whether ${target} is as it must be is not known`
        : `${run.runbook} could not look at ${target}`;
    default:
      return undefined;
  }
}
