import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { ROTATION_METRIC, ROTATION_OVERDUE_METRIC } from '../../schemas/names.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { client } from '../clients.ts';
import { readRunbook, readTargets, switchIsOn } from '../run/directory.ts';
import { readLock } from '../run/lock.ts';
import { logger, metrics } from '../step/observability.ts';
import { step } from '../step.ts';
import { describeSecret } from './describe-secret.ts';
import { finishingRun, judgeUpkeep, type Upkeep } from './judge-upkeep.ts';
import { readRotations, watchedSince } from './rotation-records.ts';

const Input = z.unknown();
const Output = z.object({
  days: z.record(z.string(), z.number()),
  overdue: z.array(z.string()),
  /** Secrets whose rotation a run was started for to finish it. */
  started: z.array(z.string()),
  failed: z.array(z.string()),
});
type Output = z.infer<typeof Output>;

const RUNBOOK = 'rotate-secret';
const stepFunctions = client(SFNClient);

/**
 * Counts, for each secret, the days since its rotation (an alarm watches the figures, P-45), and starts runs for what is left to do:
 * values whose time is over, and rotations that Secrets Manager made by itself.
 */
export const handler = step({
  name: 'look-after-secrets',
  phase: 'act',
  input: Input,
  output: Output,
  run: lookAfter,
});

async function lookAfter(): Promise<Output> {
  const now = new Date();
  const on = await switchIsOn();
  const result: Output = { days: {}, overdue: [], started: [], failed: [] };
  for (const target of await readTargets('secret')) {
    const secret = z.safeParse(SecretTarget, target);
    if (!secret.success || secret.data.rotation === undefined) continue;
    const { name } = secret.data;
    // One that cannot be looked at must not keep the others.
    try {
      const { upkeep, current } = await judge(secret.data, now);
      count(name, upkeep);
      result.days[name] = upkeep.days;
      if (upkeep.overdue) result.overdue.push(name);
      if (upkeep.finish !== null && on && (await finish(name, current, upkeep.finish, now)))
        result.started.push(name);
    } catch (error) {
      logger.error('a secret could not be looked after', { secret: name, error: (error as Error).name });
      result.failed.push(name);
    }
  }
  // A figure that does not come is the failure of this function, which has an alarm of its own.
  if (result.failed.length > 0)
    throw new Error(`These secrets could not be looked after: ${result.failed.join(', ')}.`);
  return result;
}

async function judge(
  { name, secretArn, rotateEveryDays }: SecretTarget,
  now: Date,
): Promise<{ upkeep: Upkeep; current: string }> {
  const since = await watchedSince(name, now.toISOString());
  const { current, previous, lastRotatedAt } = await describeSecret({ name, arn: secretArn });
  const record = (await readRotations(name, 1))[0] ?? null;
  const upkeep = judgeUpkeep(
    { current, previous, lastRotatedAt, record, watchedSince: since, rotateEveryDays },
    now,
  );
  return { upkeep, current: current ?? '' };
}

function count(secret: string, { days, overdue }: Upkeep): void {
  const metric = metrics.singleMetric();
  metric.addDimension('secret', secret);
  metric.addMetric(ROTATION_METRIC, 'Count', days);
  const other = metrics.singleMetric();
  other.addDimension('secret', secret);
  other.addMetric(ROTATION_OVERDUE_METRIC, 'Count', overdue ? 1 : 0);
}

/** Starts a run, unless one is at work on the secret, or one was started today already. Returns whether it did. */
async function finish(secret: string, version: string, why: string, now: Date): Promise<boolean> {
  const lock = await readLock(`secret/${secret}`);
  if (lock?.ownerRun !== undefined && lock.expiresAtMilliseconds > now.getTime()) return false;
  const { stateMachineArn } = await readRunbook(RUNBOOK);
  const name = finishingRun(secret, version, now);
  const trigger = { kind: 'schedule', by: `look-after-secrets, because ${why}` };
  try {
    await stepFunctions().send(
      new StartExecutionCommand({
        stateMachineArn,
        name,
        input: JSON.stringify({ secret, unfinished: 'finish', trigger }),
      }),
    );
    logger.info('a run finishes a rotation', { secret, run: name, why });
    return true;
  } catch (error) {
    if ((error as Error).name === 'ExecutionAlreadyExists') return false;
    throw error;
  }
}
