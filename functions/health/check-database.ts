import * as z from 'zod/mini';
import { DATABASE_HEALTH_DEFAULTS } from '../../schemas/health/database-health.ts';
import { CheckReport } from '../../schemas/health.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { type StepTools, step } from '../step.ts';
import { checkParts } from './check-parts.ts';
import { databasePart, loginParts } from './database/look-at-database.ts';

const Input = z.object({ target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** Makes every quick check of one database (P-02). It fails at nothing: what cannot be looked at is a finding too. */
export const handler = step({
  name: 'check-database',
  phase: 'verify',
  input: Input,
  output: CheckReport,
  run: check,
});

async function check({ target }: Input, { signal }: StepTools): Promise<CheckReport> {
  const health = target.health ?? DATABASE_HEALTH_DEFAULTS;
  return checkParts(
    `database/${target.name}`,
    [databasePart(target, health), ...loginParts(target, health)],
    signal,
  );
}
