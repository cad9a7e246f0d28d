import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { NeedsHuman } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { readRecord, updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { putBackOne } from './put-back-one.ts';
import { readRetirement } from './rotation-records.ts';
import {
  ActionName,
  AwaitedRotations,
  type PlannedSecret,
  PutBack,
  rotationOf,
  shortVersion,
} from './rotation-state.ts';

const CALL = 'lambda:InvokeFunction';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: SecretTarget,
  plan: Plan,
  /** What this run has rotated; otherwise what the plan says is undone. */
  undo: z._default(z.boolean(), false),
});
type Input = z.infer<typeof Input>;

/**
 * Makes earlier values good again where they are used, and then current: in this order, or the label would promise what the database
 * refuses. What has begun to be retired, or is known to others, is never put back.
 */
export const handler = step({
  name: 'put-back-values',
  phase: 'act',
  input: Input,
  output: PutBack,
  run: putBack,
});

/** A value to return to, and the one that is taken back. */
interface Return {
  readonly secret: PlannedSecret;
  readonly good: string;
  readonly bad: string;
}

async function putBack({ run, lock, target, plan, undo }: Input, tools: StepTools): Promise<PutBack> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const name = undo ? ActionName.putBack : ActionName.returnValues;
  const earlier = await readAction(run.id, name);
  if (earlier?.status === 'done') return earlier.result as PutBack;
  const at = earlier?.at ?? new Date().toISOString();
  const { secrets, compromised } = rotationOf(plan);
  const returns = (await Promise.all(secrets.map((secret) => toReturn(secret, run.id, undo)))).flat();
  if (undo && returns.length === 0) await refuseIfActed(run.id);
  if (compromised && returns.length > 0)
    throw new NeedsHuman(
      'Values that are known to others are not put back. What was rotated stays rotated. See which consumers cannot use the new values, and mend them.',
    );
  await refuseRetired(returns);

  const result: PutBack = { putBack: [], at };
  for (const { secret, good, bad } of returns.toReversed()) {
    // What is taken back is taken back with the switch off, too.
    if (!undo) await requireSwitchOn();
    await writeAction(run.id, { step: name, status: 'intended', call: CALL, at });
    await updateRecord(run.id, undo ? { acted: true } : { acted: true, phase: 'act' });
    await audit(
      run.id,
      tools,
      'action',
      `Puts the earlier value of ${secret.name} back: first where it is used, then as the current version (${shortVersion(good)} in the place of ${shortVersion(bad)}).`,
      { call: CALL, good, bad },
    );
    const done = await putBackOne(secret, { good, bad }, tools.signal);
    result.putBack.push(done);
    await audit(run.id, tools, 'observation', `${secret.name}: ${done.done}`);
  }
  await writeAction(run.id, { step: name, status: 'done', call: CALL, at, result });
  return result;
}

/** Of this run's own rotations only those that were begun; a plan without one has nothing to take back. */
async function toReturn(secret: PlannedSecret, run: string, undo: boolean): Promise<Return[]> {
  const { does, current, previous, token, wave, name } = secret;
  if (!undo)
    return does === 'undo' && previous !== null && current !== null
      ? [{ secret, good: previous, bad: current }]
      : [];
  if (does !== 'rotate' || current === null || token === null) return [];
  const started = z.safeParse(AwaitedRotations, (await readAction(run, ActionName.start(wave)))?.result);
  const begun = started.success && started.data.secrets.some((one) => one.name === name);
  return begun ? [{ secret, good: current, bad: token }] : [];
}

/** @throws NeedsHuman before anything is changed */
async function refuseRetired(returns: readonly Return[]): Promise<void> {
  for (const { secret, good } of returns) {
    const retirement = await readRetirement(secret.name, good);
    if (retirement === undefined) continue;
    throw new NeedsHuman(
      `The value before of ${secret.name} (version ${shortVersion(good)}) ${retirement.doneAt === undefined ? 'has begun to be' : 'was'} retired at ${retirement.beganAt}: it may open nothing any more, and is not put back. The new value stays the current one. Mend the consumers that cannot use it, or rotate the secret again.`,
      { secret: secret.name, version: good },
    );
  }
}

/** @throws NeedsHuman where this run has done something that putting a value back does not undo */
async function refuseIfActed(run: string): Promise<void> {
  if ((await readRecord(run))?.acted !== true) return;
  throw new NeedsHuman(
    'This run rotated nothing itself, so that there is nothing that it could put back: what is current stays so. If the value itself is what is wrong, start the runbook with {"unfinished":"undo"}.',
  );
}
