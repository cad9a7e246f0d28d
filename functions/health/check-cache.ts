import * as z from 'zod/mini';
import { CACHE_HEALTH_DEFAULTS } from '../../schemas/health/cache-health.ts';
import { CheckReport } from '../../schemas/health.ts';
import { CacheTarget } from '../../schemas/target.ts';
import { type StepTools, step } from '../step.ts';
import { cachePart } from './cache/look-at-cache.ts';
import { checkParts } from './check-parts.ts';

const Input = z.object({ target: CacheTarget });
type Input = z.infer<typeof Input>;

/** Makes every quick check of one cache (P-04, P-05). It fails at nothing: what cannot be looked at is a finding too. */
export const handler = step({
  name: 'check-cache',
  phase: 'verify',
  input: Input,
  output: CheckReport,
  run: check,
});

async function check({ target }: Input, { signal }: StepTools): Promise<CheckReport> {
  const health = target.health ?? CACHE_HEALTH_DEFAULTS;
  return checkParts(`cache/${target.name}`, [cachePart(target, health)], signal);
}
