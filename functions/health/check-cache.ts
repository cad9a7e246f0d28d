import * as z from 'zod/mini';
import { CACHE_HEALTH_DEFAULTS } from '../../schemas/health/cache-health.ts';
import { CheckReport } from '../../schemas/health.ts';
import { CacheTarget } from '../../schemas/target.ts';
import { type StepTools, step } from '../step.ts';
import { cachePart } from './cache/look-at-cache.ts';
import { gather } from './gather.ts';
import { lookAtAll, withinTime } from './look-at-all.ts';

const Input = z.object({ target: CacheTarget });
type Input = z.infer<typeof Input>;

/** For all checks of one cache; the function is given a quarter more. Milliseconds. */
const BUDGET_MILLISECONDS = 45_000;

/** Makes every quick check of one cache (P-04, P-05). It fails at nothing: what cannot be looked at is a finding too. */
export const handler = step({
  name: 'check-cache',
  phase: 'verify',
  input: Input,
  output: CheckReport,
  run: check,
});

async function check({ target }: Input, tools: StepTools): Promise<CheckReport> {
  const at = new Date();
  const health = target.health ?? CACHE_HEALTH_DEFAULTS;
  const findings = await withinTime(BUDGET_MILLISECONDS, tools.signal, (signal) =>
    lookAtAll([cachePart(target, health)], signal, { patient: true }),
  );
  return gather(`cache/${target.name}`, findings, at);
}
