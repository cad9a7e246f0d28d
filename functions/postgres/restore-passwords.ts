import pg from 'pg';
import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { RunbookError, Transient, VerificationFailed } from '../errors.ts';
import { AvailableInstance } from '../rds/state.ts';
import { writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { readLogin } from './login.ts';
import { scramVerifier } from './scram-verifier.ts';
import { type Login, openSession } from './session.ts';

const STEP = 'restore-passwords';
const CALL = 'postgres:ALTER ROLE';
/** SQLSTATE of a refused user name or password. */
const WRONG_PASSWORD = '28P01';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: DatabaseTarget,
  plan: Plan,
  settled: AvailableInstance,
});
type Input = z.infer<typeof Input>;

/** Whether the password had to be set. */
const Output = z.object({ user: z.string(), set: z.boolean() });
type Output = z.infer<typeof Output>;

/** Makes sure that the login which services use today works on the restored instance; it has the passwords of back then. */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: Output, run: restore });

async function restore({ run, lock, target, settled }: Input, tools: StepTools): Promise<Output> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const place = { ...target, host: settled.host, port: settled.port };
  const login = await readLogin(place);
  if (await mayLogIn(login)) return { user: login.user, set: false };
  const { masterSecretArn } = target;
  if (masterSecretArn === undefined || masterSecretArn === target.secretArn)
    throw new VerificationFailed(
      `${settled.identifier} refuses ${login.user} with the password that is in the secret today, and no secret of the master user is declared with which it could be set. The restored instance is there; the original was not touched. Declare "masterSecret" for ${target.name}, or set the password of ${login.user} by hand, and start the runbook again.`,
      { user: login.user },
    );
  const master = await readLogin({ ...place, secretArn: masterSecretArn });
  await requireSwitchOn();
  const at = new Date().toISOString();
  await writeAction(run.id, { step: STEP, status: 'intended', call: CALL, at });
  await updateRecord(run.id, { acted: true, phase: 'act' });
  await audit(run.id, tools, 'action', `Sets today's password of ${login.user} on ${settled.identifier}.`, {
    call: CALL,
    user: login.user,
  });
  await setPassword(master, login, settled.identifier);
  if (!(await mayLogIn(login)))
    throw new VerificationFailed(
      `${settled.identifier} refuses ${login.user} although its password was just set to the one in the secret. The restored instance is there; the original was not touched. See how that user may log in (password_encryption, pg_hba, VALID UNTIL).`,
      { user: login.user },
    );
  const result = { user: login.user, set: true };
  await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result });
  return result;
}

/**
 * Whether the password is taken.
 *
 * @throws Transient when another attempt may help; VerificationFailed for what is no matter of passwords
 */
async function mayLogIn(login: Login): Promise<boolean> {
  try {
    await (await openSession(login)).close();
    return true;
  } catch (error) {
    if (isWrongPassword(error)) return false;
    throw cannotUse(error, login);
  }
}

const isWrongPassword = (error: unknown) =>
  error instanceof RunbookError && error.facts.code === WRONG_PASSWORD;

async function setPassword(master: Login, { user, password }: Login, instance: string): Promise<void> {
  let session: Awaited<ReturnType<typeof openSession>>;
  try {
    session = await openSession(master, { readOnly: false });
  } catch (error) {
    if (!isWrongPassword(error)) throw cannotUse(error, master);
    throw new VerificationFailed(
      `${instance} refuses its master user ${master.user} with the password that is in the secret today, so that the password of ${user} could not be set. The restored instance is there; the original was not touched. Set the master's password with "aws rds modify-db-instance --db-instance-identifier ${instance} --master-user-password …", and that of ${user} with ALTER ROLE.`,
      { user: master.user },
    );
  }
  try {
    // No bind parameters here; the verifier says nothing about the password.
    await session.query(
      `ALTER ROLE ${pg.escapeIdentifier(user)} PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`,
    );
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== '42501' && code !== '42704') throw error;
    throw new VerificationFailed(
      code === '42501'
        ? `${master.user} may not set the password of ${user} on ${instance} (SQLSTATE 42501). The restored instance is there; the original was not touched. Give it that role WITH ADMIN OPTION (and rds_password, where rds.restrict_password_commands is on), or set the password by hand.`
        : `There is no role ${user} on ${instance}: it was made after this recovery point. The restored instance is there; the original was not touched. Make the role by hand, or choose a later recovery point.`,
      { user, code },
    );
  } finally {
    await session.close();
  }
}

/** Something was changed already, so that a refusal to connect is not "nothing was changed". */
function cannotUse(error: unknown, { user, host }: Login): unknown {
  if (!(error instanceof RunbookError) || error instanceof Transient) return error;
  return new VerificationFailed(
    `The restored instance cannot be used as ${user}: ${error.message} It stays where it is; the original was not touched.`,
    { ...error.facts, host },
  );
}
