import * as z from 'zod/mini';
import { Evidence, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { RunbookError, Transient } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { readLogin } from './login.ts';
import { openSession } from './session.ts';
import { failedConnectivity } from './validate/connectivity.ts';
import { type Expectations, validateDatabase } from './validate/validate-database.ts';

/** Reading the indexes of a large table takes minutes. */
const STATEMENT_TIMEOUT_MILLISECONDS = 300_000;

const Input = z.object({ run: Run, target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** Makes all checks of a database (P-02, P-33). A database that cannot be reached is a check that failed, not an error. */
export const handler = step({
  name: 'validate-database',
  phase: 'verify',
  input: Input,
  output: Evidence,
  run: validate,
});

async function validate({ run, target }: Input, tools: StepTools): Promise<Evidence> {
  const evidence = await check(target);
  for (const { name, passed, measured } of evidence.checks)
    await audit(run.id, tools, 'check', `${passed ? 'Passed' : 'FAILED'}: ${name}: ${measured}.`);
  return evidence;
}

async function check(target: DatabaseTarget): Promise<Evidence> {
  const login = await readLogin(target);
  let session: Awaited<ReturnType<typeof openSession>>;
  try {
    session = await openSession(login, { statementTimeoutMilliseconds: STATEMENT_TIMEOUT_MILLISECONDS });
  } catch (error) {
    // The next attempt may reach it.
    if (!(error instanceof RunbookError) || error instanceof Transient) throw error;
    return { passed: false, checks: [failedConnectivity(error)] };
  }
  try {
    return await validateDatabase(session, expectationsOf(target));
  } finally {
    await session.close();
  }
}

/** What the configuration asks for, as the checks take it. */
export function expectationsOf({ migrations, expectations }: DatabaseTarget): Expectations {
  const { migrationHeads, ...others } = expectations ?? {};
  return {
    ...others,
    ...(migrations === 'none' ? {} : { migrations: { source: migrations, heads: migrationHeads } }),
  };
}
