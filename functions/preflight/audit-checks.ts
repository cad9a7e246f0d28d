import type { Check } from '../../schemas/run.ts';
import { counted, judged, notWell, tally, verdictOf } from '../report/judged-checks.ts';
import { audit } from '../run/audit-log.ts';
import type { StepTools } from '../step.ts';

const WORDS = { pass: 'Passed', warn: 'WARNING', unknown: 'NOT KNOWN', fail: 'FAILED' } as const;
/** Each is a write of its own; the others are in the evidence. */
const MOST_ENTRIES = 20;

/** Notes what is not well, each by itself, and how many passed: the report has them all. */
export async function auditChecks(runId: string, tools: StepTools, checks: readonly Check[]): Promise<void> {
  const { warn } = judged(checks);
  const bad = tally(checks) || `${counted(checks.length)} passed`;
  const warned = warn.length === 0 ? '' : `, with ${counted(warn.length, 'warning')}`;
  await audit(runId, tools, 'check', `${bad}${warned}.`);
  for (const check of notWell(checks).slice(0, MOST_ENTRIES))
    await audit(runId, tools, 'check', `${WORDS[verdictOf(check)]}: ${check.name}: ${check.measured}.`);
}
