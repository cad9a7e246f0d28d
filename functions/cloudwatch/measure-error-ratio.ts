import * as z from 'zod/mini';
import { Evidence, Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { judgeErrorRatio, measuresErrorRatio, readCounts } from './error-ratio.ts';

const Input = z.object({ run: Run, target: ServiceTarget, steady: z.object({ at: z.string() }) });
type Input = z.infer<typeof Input>;

/** Measures the ratio of 5xx answers in the time after the service became steady, and in no minute before it (P-06). */
export const handler = step({
  name: 'measure-error-ratio',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: measure,
});

async function measure({ run, target, steady }: Input, tools: StepTools): Promise<Evidence> {
  const check = measuresErrorRatio(target)
    ? judgeErrorRatio(await readCounts(target, steady.at), target, new Date())
    : undefined;
  if (check === undefined) {
    await audit(
      run.id,
      tools,
      'observation',
      'The error ratio was not measured: the configuration names no load balancer for this service.',
    );
    return { passed: true, checks: [] };
  }
  await audit(
    run.id,
    tools,
    'check',
    `${check.passed ? 'Passed' : 'FAILED'}: ${check.name}: ${check.measured}.`,
  );
  return { passed: check.passed, checks: [check] };
}
