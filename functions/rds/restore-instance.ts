import { type DBInstance, RestoreDBInstanceToPointInTimeCommand } from '@aws-sdk/client-rds';
import * as z from 'zod/mini';
import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { PreconditionFailed, Transient } from '../errors.ts';
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
import { findRestorableSnapshot } from './restorable-snapshots.ts';
import { restoreCommand, restoreRefusal } from './restore-request.ts';
import { markInUse } from './snapshot-in-use.ts';
import { Awaited, RecoveryPoint, Situation } from './state.ts';

const STEP = 'restore-instance';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: DatabaseTarget,
  situation: Situation,
  recoveryPoint: RecoveryPoint,
  plan: Plan,
});
type Input = z.infer<typeof Input>;

/** What this step reads of what the plan observed. */
const Observed = z.object({
  purpose: z._default(z.enum(['restore', 'drill']), 'restore'),
  names: z.object({ restored: z.object({ identifier: z.string() }) }),
});

/** Begins to restore a new instance as planned. The original is not touched. Run twice, it restores one instance. */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: Awaited, run: restore });

async function restore(input: Input, tools: StepTools): Promise<Awaited> {
  const { run, lock, target, situation, recoveryPoint, plan } = input;
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as Awaited;
  const { purpose, names } = z.parse(Observed, plan.observed);
  const { identifier } = names.restored;
  const command = restoreCommand({
    deployment: environment('deployment'),
    database: target.name,
    runId: run.id,
    purpose,
    identifier,
    original: situation.instance ?? situation.unfinishedSwap?.original ?? null,
    recoveryPoint,
    drillInstanceClass: target.restore.drillInstanceClass,
    now: new Date(),
  });
  const call = `rds:${recoveryPoint.kind === 'time' ? 'RestoreDBInstanceToPointInTime' : 'RestoreDBInstanceFromDBSnapshot'}`;
  const at = earlier?.at ?? new Date().toISOString();
  const made = await describeInstance(identifier);
  let instance = made === undefined ? undefined : requireOurs(made, run.id);
  if (instance === undefined) {
    await requireSwitchOn();
    await writeAction(run.id, { step: STEP, status: 'intended', call, at });
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await keepSnapshot(recoveryPoint, run.id, tools);
    await audit(run.id, tools, 'action', `Restores ${identifier} to ${recoveryPoint.at}.`, {
      call,
      snapshot: recoveryPoint.snapshotArn,
      identifier,
    });
    try {
      instance = await send(command, tools.signal);
    } catch (error) {
      if (!isRdsError(error, 'DBInstanceAlreadyExists')) {
        const refusal = restoreRefusal(error, identifier);
        // Of a first attempt, RDS's refusal is the whole story.
        if (refusal !== undefined && earlier === undefined) await updateRecord(run.id, { acted: false });
        throw refusal ?? error;
      }
      const taken = await describeInstance(identifier);
      if (taken === undefined)
        throw new Transient(
          `RDS says that ${identifier} exists, and does not show it yet. It is looked at again.`,
        );
      instance = requireOurs(taken, run.id);
    }
  } else {
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(
      run.id,
      tools,
      'observation',
      `${identifier} is being restored already: an earlier attempt took effect.`,
    );
  }
  const resourceId = instance?.DbiResourceId;
  const result: Awaited = { identifier, since: at, ...(resourceId === undefined ? {} : { resourceId }) };
  await writeAction(run.id, { step: STEP, status: 'done', call, at, result });
  return result;
}

/** The two kinds of restore answer alike. */
async function send(
  command: ReturnType<typeof restoreCommand>,
  abortSignal: AbortSignal,
): Promise<DBInstance | undefined> {
  const answer = await (command instanceof RestoreDBInstanceToPointInTimeCommand
    ? rds().send(command, { abortSignal })
    : rds().send(command, { abortSignal }));
  return answer.DBInstance;
}

/** @throws PreconditionFailed where somebody else has taken the name */
function requireOurs(instance: DBInstance, runId: string): DBInstance {
  const { tags, identifier } = inspectedInstance(instance);
  if (tags[Tag.run] === runId) return instance;
  throw new PreconditionFailed(
    `There is an instance ${identifier} already, and this run did not make it${tags[Tag.run] === undefined ? '' : ` (the run ${tags[Tag.run]} did)`}. This step changed nothing. Rename or delete it if nobody needs it, and start the runbook again.`,
    { identifier },
  );
}

/** Retention deletes our own snapshots only. That the mark could not be set is no reason not to restore. */
async function keepSnapshot(
  { snapshot, snapshotArn }: RecoveryPoint,
  runId: string,
  tools: StepTools,
): Promise<void> {
  if (snapshot === null || snapshotArn === null) return;
  try {
    const found = await findRestorableSnapshot(snapshot);
    if (found?.tags[OWNER_TAG] !== environment('deployment')) return;
    await markInUse(snapshotArn, runId, new Date());
  } catch (error) {
    await audit(
      runId,
      tools,
      'observation',
      `${snapshot} could not be marked as in use (${(error as Error).name}).`,
    );
  }
}
