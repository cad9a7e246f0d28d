import * as z from 'zod/mini';
import { DATABASE_HEALTH_DEFAULTS } from '../../schemas/health/database-health.ts';
import { CheckReport } from '../../schemas/health.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { type StepTools, step } from '../step.ts';
import { databasePart, loginParts } from './database/look-at-database.ts';
import { gather } from './gather.ts';
import { lookAtAll, withinTime } from './look-at-all.ts';

const Input = z.object({ target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** For all checks of one database; the function is given a quarter more. Milliseconds. */
const BUDGET_MILLISECONDS = 45_000;

/** Makes every quick check of one database (P-02). It fails at nothing: what cannot be looked at is a finding too. */
export const handler = step({
  name: 'check-database',
  phase: 'verify',
  input: Input,
  output: CheckReport,
  run: check,
});

async function check({ target }: Input, tools: StepTools): Promise<CheckReport> {
  const at = new Date();
  const health = target.health ?? DATABASE_HEALTH_DEFAULTS;
  const findings = await withinTime(BUDGET_MILLISECONDS, tools.signal, (signal) =>
    lookAtAll([databasePart(target, health), ...loginParts(target, health)], signal, { patient: true }),
  );
  return gather(`database/${target.name}`, findings, at);
}
