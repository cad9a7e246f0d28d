import * as z from 'zod/mini';
import { Evidence, Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { untilAsked } from './ask-declared.ts';
import { probeService } from './probe-service.ts';

const Input = z.object({ run: Run, target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** Asks the service itself, over fresh connections, whether it is live and ready, and answers as it declares (P-01). */
export const handler = step({
  name: 'probe-health',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: probe,
});

async function probe({ run, target }: Input, tools: StepTools): Promise<Evidence> {
  const checks = await probeService(target, untilAsked(tools.signal));
  for (const check of checks)
    await audit(
      run.id,
      tools,
      'check',
      `${check.passed ? 'Passed' : 'FAILED'}: ${check.name}: ${check.measured}.`,
    );
  return { passed: checks.every(({ passed }) => passed), checks };
}
