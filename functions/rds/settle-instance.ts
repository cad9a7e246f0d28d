import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { NeedsHuman, Transient } from '../errors.ts';
import { readLogin } from '../postgres/login.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { rds } from './client.ts';
import { describeInstance } from './describe-instance.ts';
import { inspectedInstance } from './instance-settings.ts';
import { isRdsError } from './list-snapshots.ts';
import { isMasterPassword, stillToModify } from './settle.ts';
import { AvailableInstance, Awaited, type InspectedInstance, Situation } from './state.ts';

const STEP = 'settle-instance';
const CALL = 'rds:ModifyDBInstance';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: DatabaseTarget,
  situation: Situation,
  plan: Plan,
  available: AvailableInstance,
});
type Input = z.infer<typeof Input>;

const Observed = z.object({ purpose: z._default(z.enum(['restore', 'drill']), 'restore') });

/** Gives a restored instance, in one call, what a restore cannot: its remaining settings and the master's password of today. */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: Awaited, run: settle });

async function settle(input: Input, tools: StepTools): Promise<Awaited> {
  const { run, lock, target, situation, plan, available } = input;
  const { identifier, resourceId } = available;
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as Awaited;
  const at = earlier?.at ?? new Date().toISOString();
  const result: Awaited = { identifier, resourceId, since: at, allPending: true };
  const restored = await restoredInstance(identifier, resourceId);
  if (earlier?.status === 'intended' && isChanging(restored)) {
    await audit(
      run.id,
      tools,
      'observation',
      `${identifier} is changing already: an earlier attempt took effect.`,
    );
    await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result });
    return result;
  }
  const { purpose } = z.parse(Observed, plan.observed);
  const original = situation.instance ?? situation.unfinishedSwap?.original;
  const members =
    purpose === 'drill' || original === undefined ? {} : stillToModify(original, restored.settings);
  const password = await masterPassword(target, restored.masterUsername);
  if (password.warning !== undefined) await audit(run.id, tools, 'observation', password.warning);
  const names = [...Object.keys(members), ...(password.value === undefined ? [] : ['MasterUserPassword'])];
  if (names.length > 0) {
    await requireSwitchOn();
    await writeAction(run.id, { step: STEP, status: 'intended', call: CALL, at });
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(run.id, tools, 'action', `Gives ${identifier} ${names.join(', ')}.`, { call: CALL, names });
    try {
      await rds().send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier: identifier,
          ApplyImmediately: true,
          ...members,
          ...(password.value === undefined ? {} : { MasterUserPassword: password.value }),
        }),
        { abortSignal: tools.signal },
      );
    } catch (error) {
      throw refusal(error, identifier);
    }
  }
  await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result });
  return result;
}

/** @throws Transient while RDS does not show it; NeedsHuman when another instance has its name */
async function restoredInstance(identifier: string, resourceId: string): Promise<InspectedInstance> {
  const described = await describeInstance(identifier);
  if (described === undefined)
    throw new Transient(`RDS does not show ${identifier} just now. It is looked at again.`);
  if (described.DbiResourceId !== resourceId)
    throw new NeedsHuman(
      `${identifier} is not the instance that this run restored (${resourceId}), but ${described.DbiResourceId}: somebody renamed them. This step changed nothing.`,
    );
  return inspectedInstance(described);
}

/** States that only a modification leads to. */
const isChanging = ({ status }: InspectedInstance) =>
  /^(modifying|resetting-master-credentials|configuring-|storage-)/.test(status);

/** Today's password of the master user, if one of the secrets has it. */
async function masterPassword(
  target: DatabaseTarget,
  masterUsername: string,
): Promise<{ value?: string; warning?: string }> {
  const secrets = [
    target.secretArn,
    ...(target.masterSecretArn === undefined ? [] : [target.masterSecretArn]),
  ];
  for (const secretArn of secrets) {
    const { user, password } = await readLogin({ ...target, secretArn });
    if (user !== masterUsername) continue;
    if (isMasterPassword(password)) return { value: password };
    return {
      warning: `The password of ${masterUsername} is not one that RDS takes (8 to 128 printable ASCII characters without / @ " and space): it stays as it was in the backup.`,
    };
  }
  return {
    warning: `None of the secrets of ${target.name} is that of the master user ${masterUsername}: its password stays as it was in the backup.`,
  };
}

/** RDS's own words may quote a value. */
function refusal(error: unknown, identifier: string): unknown {
  if (isRdsError(error, 'InvalidDBInstanceState'))
    return new Transient(`${identifier} is busy and cannot be changed just now. It is tried again.`);
  if (isRdsError(error, 'InvalidParameterValue', 'InvalidParameterCombination'))
    return new NeedsHuman(
      `RDS does not take the settings or the password for ${identifier} (${(error as Error).name}). The instance is restored and was not changed by this call; the original was not touched. Compare its settings with the original's, and set them by hand.`,
    );
  return error;
}
