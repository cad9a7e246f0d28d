import { DeleteDBSnapshotCommand } from '@aws-sdk/client-rds';
import * as z from 'zod/mini';
import { Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { rds } from './client.ts';
import { MOST_DELETIONS } from './decide-snapshot.ts';
import { findSnapshot, isRdsError, listManualSnapshots, type SnapshotFacts } from './list-snapshots.ts';
import { decideRetention, type Retention } from './retention.ts';
import { AppliedRetention, Situation } from './state.ts';
import { sweepManifests } from './sweep-manifests.ts';

const STEP = 'apply-retention';
const CALL = 'rds:DeleteDBSnapshot';
/** No deletion begins later than this after the step did; the function has a minute more. The next run does the rest. */
const MOST_MILLISECONDS = 120_000;

const Input = z.object({ run: Run, lock: Lock, target: DatabaseTarget, situation: Situation, plan: Plan });
type Input = z.infer<typeof Input>;

/**
 * Deletes the old snapshots that the plan names, as far as they may still go: each is looked at again right before. What an earlier
 * attempt deleted is gone; what is gone is as good as deleted.
 */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: AppliedRetention, run: apply });

async function apply(
  { run, lock, target, situation, plan }: Input,
  tools: StepTools,
): Promise<AppliedRetention> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as AppliedRetention;
  const at = earlier?.at ?? new Date().toISOString();
  const started = performance.now();
  const asOf = new Date(run.startedAt);
  const decide = (snapshots: readonly SnapshotFacts[]): Retention =>
    decideRetention(
      snapshots,
      { deployment: environment('deployment'), database: target.name },
      target.snapshots,
      asOf,
    );
  const planned = (plan.observed.due as readonly string[]).slice(0, MOST_DELETIONS);
  let snapshots = await listManualSnapshots();
  const applied: AppliedRetention = {
    deleted: [...((earlier?.result?.deleted as string[] | undefined) ?? [])],
    skipped: [],
    left: [],
  };
  if (planned.length > 0) {
    await requireSwitchOn();
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(run.id, tools, 'action', `Delete ${planned.length} old snapshots.`, { call: CALL, planned });
  }
  for (const identifier of planned) {
    if (applied.deleted.includes(identifier)) continue;
    if (performance.now() - started > MOST_MILLISECONDS) {
      applied.left.push(identifier);
      continue;
    }
    const fresh = await findSnapshot(identifier);
    snapshots = snapshots.filter((snapshot) => snapshot.identifier !== identifier);
    if (fresh !== undefined) {
      const now = decide([...snapshots, fresh]);
      const why = whyNot(identifier, now) ?? (await remove(identifier, tools.signal));
      if (why !== undefined) {
        snapshots.push(fresh);
        applied.skipped.push({ snapshot: identifier, why });
        continue;
      }
    }
    applied.deleted.push(identifier);
    // Throttled at the next one, the step begins again with this.
    await writeAction(run.id, {
      step: STEP,
      status: 'intended',
      call: CALL,
      at,
      result: { deleted: applied.deleted },
    });
  }
  const manifests = await sweepManifests(
    target.name,
    snapshots,
    asOf,
    situation.instance?.settings.backupRetentionDays ?? 0,
    MOST_DELETIONS,
  );
  const later = decide(snapshots).due.length;
  await audit(
    run.id,
    tools,
    'observation',
    `${applied.deleted.length} old snapshots are deleted, and ${manifests} manifests that nothing can be compared with any more.${applied.skipped.length > 0 ? ` ${applied.skipped.length} stay although they were planned to go.` : ''}${later > 0 ? ` ${later} more are due: the next run goes on, at most ${MOST_DELETIONS} at a time.` : ''}`,
    { ...applied, manifests },
  );
  await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result: applied });
  return applied;
}

/** Why a planned snapshot stays after all, or undefined. */
function whyNot(identifier: string, { due, kept }: Retention): string | undefined {
  if (due.some(({ snapshot }) => snapshot.identifier === identifier)) return undefined;
  const why = kept.find(({ snapshot }) => snapshot.identifier === identifier)?.why;
  return why ?? 'its tags no longer say that it is ours';
}

/** Deletes one snapshot; answers why RDS does not do it now, where it says so. */
async function remove(identifier: string, abortSignal: AbortSignal): Promise<string | undefined> {
  try {
    await rds().send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: identifier }), { abortSignal });
  } catch (error) {
    if (isRdsError(error, 'InvalidDBSnapshotState')) return `RDS keeps it: ${(error as Error).message}`;
    if (!isRdsError(error, 'DBSnapshotNotFound')) throw error;
  }
  return undefined;
}
