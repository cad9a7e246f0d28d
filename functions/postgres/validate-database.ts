import * as z from 'zod/mini';
import { Evidence, Run, type RunRequest } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { expectationsOf } from './expectations.ts';
import { findEndpoint } from './find-endpoint.ts';
import { readLogin } from './login.ts';
import { checkAgainstManifest } from './manifest/check-against-manifest.ts';
import { evidence, validateAt } from './prove-database.ts';
import { BUDGET_MILLISECONDS } from './validate/validate-database.ts';

const Input = z.object({ run: Run, target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/**
 * Makes all checks of a database (P-02, P-33), or of another instance with the same data where one was asked for, and compares it with
 * a manifest where one was asked for. Half of the time is kept for that. A database that cannot be reached is a check that failed,
 * not an error.
 */
export const handler = step({
  name: 'validate-database',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: validate,
});

async function validate({ run, target }: Input, tools: StepTools): Promise<Evidence> {
  const found = await check(target, run.request ?? {});
  for (const { name, passed, measured } of found.checks)
    await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  return found;
}

async function check(target: DatabaseTarget, { instance, manifest }: RunRequest): Promise<Evidence> {
  const started = performance.now();
  const place = instance === undefined ? target : { ...target, ...(await findEndpoint(instance)) };
  const login = await readLogin(place);
  const expectations = expectationsOf(target);
  if (manifest === undefined || manifest === 'none') return validateAt(login, expectations);
  const { checks } = await validateAt(login, expectations, BUDGET_MILLISECONDS / 2);
  const left = BUDGET_MILLISECONDS - (performance.now() - started);
  return evidence([...checks, ...(await checkAgainstManifest(login, target, manifest, left))]);
}
