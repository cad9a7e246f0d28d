import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { decidePreflight } from './decide-preflight.ts';
import { Examined, Release } from './state.ts';

const Input = z.object({
  run: Run,
  target: ServiceTarget,
  release: Release,
  examinedRelease: Examined,
  examinedReach: Examined,
});
type Input = z.infer<typeof Input>;
const Output = z.object({ summary: z.string(), warnings: z.number() });
type Output = z.infer<typeof Output>;

/** Says whether a release may go out, so that a pipeline sees it: the run fails where it may not. */
export const handler = step({
  name: 'judge-preflight',
  phase: 'verify',
  input: Input,
  output: Output,
  run: judge,
});

async function judge(
  { run, target, release, examinedRelease, examinedReach }: Input,
  tools: StepTools,
): Promise<Output> {
  const { words, summary, warnings, refusal } = decidePreflight(target.name, release, [
    examinedRelease,
    examinedReach,
  ]);
  // The report has it in words of its own, whatever becomes of the run.
  await updateRecord(run.id, { verdict: words });
  if (refusal !== undefined) throw refusal;
  await audit(run.id, tools, 'decision', summary);
  return { summary, warnings };
}
