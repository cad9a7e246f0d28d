import type { Finding } from '../../schemas/finding.ts';
import { audit } from '../run/audit-log.ts';
import type { StepTools } from '../step.ts';

const WORDS = {
  pass: 'Passed',
  warn: 'Passed, with a warning',
  unknown: 'NOT KNOWN',
  fail: 'FAILED',
} as const;

/** Notes what was found in the audit log of a run, one entry each. */
export async function auditFindings(
  runId: string,
  tools: Pick<StepTools, 'step' | 'phase'>,
  findings: readonly Finding[],
): Promise<void> {
  for (const { check, verdict, observed, expected } of findings)
    await audit(runId, tools, 'check', `${WORDS[verdict]}: ${check}: ${observed}.`, { expected });
}
