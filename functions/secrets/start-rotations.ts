import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { PreconditionFailed } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { isTransient } from '../step/map-error.ts';
import { type StepTools, step } from '../step.ts';
import { secretsManager } from './client.ts';
import { abandonPending, describeSecret } from './describe-secret.ts';
import { judgeStart } from './judge-start.ts';
import {
  ActionName,
  AwaitedRotations,
  type PlannedSecret,
  rotationOf,
  shortVersion,
} from './rotation-state.ts';

const CALL = 'secretsmanager:RotateSecret';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: z.union([SecretTarget, SecretsTarget]),
  plan: Plan,
  wave: z.number(),
});
type Input = z.infer<typeof Input>;

/**
 * Asks Secrets Manager to rotate the secrets of one wave. The token of each rotation follows from run and secret: a second attempt asks
 * for the same rotation.
 */
export const handler = step({
  name: 'start-rotations',
  phase: 'act',
  input: Input,
  output: AwaitedRotations,
  run: start,
});

async function start({ run, lock, target, plan, wave }: Input, tools: StepTools): Promise<AwaitedRotations> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const { secrets, compromised } = rotationOf(plan);
  const members = secrets.filter((secret) => secret.does === 'rotate' && secret.wave === wave);
  const name = ActionName.start(wave);
  const earlier = await readAction(run.id, name);
  if (earlier?.status === 'done') return earlier.result as AwaitedRotations;
  const at = earlier?.at ?? new Date().toISOString();
  const result: AwaitedRotations = {
    secrets: members.map(({ name: secret, arn, token, current }) => ({
      name: secret,
      arn,
      token: token ?? '',
      from: current,
      since: at,
    })),
    tolerant: compromised,
  };
  if (members.length === 0) return result;

  const begin = async () => {
    await requireSwitchOn();
    await writeAction(run.id, { step: name, status: 'intended', call: CALL, at, result });
    await updateRecord(run.id, { acted: true, phase: 'act' });
  };
  const failures: Error[] = [];
  for (const secret of members) {
    try {
      await startOne(secret, begin, run, tools);
    } catch (error) {
      // Where old values are known to others, one that does not begin must not keep the others.
      if (!compromised || tools.signal.aborted) throw error;
      failures.push(error as Error);
      await audit(run.id, tools, 'error', `${secret.name} was not begun: ${(error as Error).message}`);
    }
  }
  // What is begun already is not begun again; what waits for it tells of those that never were.
  const passing = failures.find(isTransient);
  if (passing !== undefined) throw passing;
  await writeAction(run.id, { step: name, status: 'done', call: CALL, at, result });
  return result;
}

/** @throws PreconditionFailed where the secret is not as it was when the plan was made */
async function startOne(
  secret: PlannedSecret,
  begin: () => Promise<void>,
  run: Run,
  tools: StepTools,
): Promise<void> {
  const judged = judgeStart(secret, await describeSecret(secret));
  if (judged.do === 'nothing') {
    await audit(
      run.id,
      tools,
      'observation',
      `The rotation of ${secret.name} has begun: an earlier attempt took effect.`,
    );
    return;
  }
  if (judged.do === 'refuse') throw new PreconditionFailed(judged.why);
  await begin();
  if (judged.abandons !== null) {
    await audit(
      run.id,
      tools,
      'action',
      `Gives up the pending version ${shortVersion(judged.abandons)} of ${secret.name}, which an earlier rotation left behind; its value is kept without a label.`,
      { call: 'secretsmanager:UpdateSecretVersionStage', version: judged.abandons },
    );
    await abandonPending(secret.arn, judged.abandons);
  }
  await audit(
    run.id,
    tools,
    'action',
    `Rotates ${secret.name}: version ${shortVersion(secret.current)} is to be replaced by ${shortVersion(secret.token)}.`,
    { call: CALL, secret: secret.arn, from: secret.current, to: secret.token },
  );
  try {
    await secretsManager().send(
      new RotateSecretCommand({
        SecretId: secret.arn,
        ClientRequestToken: secret.token ?? undefined,
        RotateImmediately: true,
      }),
      { abortSignal: tools.signal },
    );
  } catch (error) {
    await explain(error, secret);
  }
}

/** A call that was answered late may have been made twice, and the second one is refused for the first. */
async function explain(error: unknown, secret: PlannedSecret): Promise<void> {
  if ((error as Error).name !== 'InvalidRequestException') throw error;
  if (judgeStart(secret, await describeSecret(secret)).do === 'nothing') return;
  throw new PreconditionFailed(
    `Secrets Manager does not rotate ${secret.name}: ${(error as Error).message} Its value is as it was. Look at its versions and its rotation in Secrets Manager, then start the runbook again.`,
    { secret: secret.name },
  );
}
