import * as z from 'zod/mini';
import { ReadinessReport } from '../../schemas/readiness-report.ts';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { auditFindings } from '../health/audit-findings.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { lookAtReadiness } from './look-at-readiness.ts';
import { publishReadiness } from './publish-readiness.ts';
import { readinessWords } from './readiness-words.ts';
import { sharedLook } from './shared-look.ts';

const Input = z.object({ run: z.optional(Run), target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Asks whether a service could be rolled back now, before it has to be. It fails at nothing: what cannot be looked at is a finding too. */
export const handler = step({
  name: 'check-readiness',
  phase: 'verify',
  input: Input,
  output: ReadinessReport,
  run: check,
});

async function check({ run, target }: Input, tools: StepTools): Promise<ReadinessReport> {
  const report = await lookAtReadiness(target, sharedLook(), tools.signal);
  await publishReadiness(report);
  if (run === undefined) return report;
  await updateRecord(run.id, { verdict: readinessWords(target.name, report) });
  await auditFindings(run.id, tools, report.findings);
  return report;
}
