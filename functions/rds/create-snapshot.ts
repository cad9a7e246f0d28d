import { setTimeout as sleep } from 'node:timers/promises';
import { CreateDBSnapshotCommand } from '@aws-sdk/client-rds';
import * as z from 'zod/mini';
import { OWNER_TAG, Tag } from '../../schemas/names.ts';
import { type Action, Lock, Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { PreconditionFailed, type RunbookError, Transient } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { rds } from './client.ts';
import { findSnapshot, isRdsError, listManualSnapshots } from './list-snapshots.ts';
import { isOwn } from './retention.ts';
import { snapshotName } from './snapshot-name.ts';
import { Awaited, Situation, TakenManifest } from './state.ts';

const STEP = 'create-snapshot';
/**
 * The snapshot begins at least so long after the manifest: PostgreSQL's log writer has then flushed what had ended when the
 * manifest was taken, so that no crash recovery forgets it (see `whyIncomparable`). Milliseconds.
 */
const AFTER_MANIFEST_MILLISECONDS = 3000;

const Input = z.object({
  run: Run,
  lock: Lock,
  target: DatabaseTarget,
  situation: Situation,
  plan: Plan,
  manifest: TakenManifest,
});
type Input = z.infer<typeof Input>;

/** Asks RDS for the snapshot that was planned. Run twice, or after a call that took effect without an answer, it takes one only. */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: Awaited, run: create });

async function create(input: Input, tools: StepTools): Promise<Awaited> {
  const { run, lock, target, situation, plan, manifest } = input;
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as Awaited;
  const [action] = plan.actions as [Action];
  const { call } = action;
  const identifier = snapshotName(target.name, run);
  const since = earlier?.at ?? new Date().toISOString();
  const created: Awaited = { identifier, since };
  const done = async () => {
    await writeAction(run.id, { step: STEP, status: 'done', call, at: since, result: created });
    return created;
  };
  const isOurs = async () => (await findSnapshot(identifier))?.tags[Tag.run] === run.id;

  // An attempt that RDS refused has done nothing; one without an answer may have.
  const uncertain = earlier !== undefined && earlier.result?.refused !== true;

  if (uncertain && (await isOurs())) {
    await audit(run.id, tools, 'observation', `${identifier} is there: an earlier attempt took effect.`);
    return done();
  }
  if (manifest.takenAt !== null) {
    const wait = Date.parse(manifest.takenAt) + AFTER_MANIFEST_MILLISECONDS - Date.now();
    if (wait > 0)
      await sleep(Math.min(wait, AFTER_MANIFEST_MILLISECONDS), undefined, { signal: tools.signal });
  }
  await requireSwitchOn();
  await writeAction(run.id, { step: STEP, status: 'intended', call, at: since });
  await updateRecord(run.id, { acted: true, phase: 'act' });
  await audit(run.id, tools, 'action', `${action.title}.`, { call, manifest: manifest.key });
  const tags: Record<string, string> = {
    [OWNER_TAG]: environment('deployment'),
    [Tag.database]: target.name,
    [Tag.run]: run.id,
    [Tag.purpose]: 'snapshot',
    ...(manifest.key === null ? {} : { [Tag.manifest]: manifest.key }),
  };
  try {
    await rds().send(
      new CreateDBSnapshotCommand({
        DBSnapshotIdentifier: identifier,
        DBInstanceIdentifier: situation.instance?.identifier ?? target.instance,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
      { abortSignal: tools.signal },
    );
  } catch (error) {
    const refusal = await whyRefused(error, identifier, input);
    if (refusal === undefined) throw error;
    // A first call may have taken effect without an answer, and the client's second one is refused for that: the name is taken,
    // or the instance is busy with this very snapshot.
    if (await isOurs()) return done();
    if (!uncertain) {
      await writeAction(run.id, {
        step: STEP,
        status: 'intended',
        call,
        at: since,
        result: { refused: true },
      });
      await updateRecord(run.id, { acted: false });
    }
    throw refusal;
  }
  return done();
}

/** What RDS's answer means for the operator; undefined where it is not one of these. */
async function whyRefused(
  error: unknown,
  identifier: string,
  { run, target, situation }: Input,
): Promise<RunbookError | undefined> {
  const instance = situation.instance?.identifier ?? target.instance;
  const none = 'No snapshot was taken; nothing was changed.';
  if (isRdsError(error, 'DBSnapshotAlreadyExists')) {
    const other = await findSnapshot(identifier);
    // Taken a moment ago, it may not be listed yet.
    if (other === undefined) return new Transient(`${identifier} exists, but RDS does not describe it yet.`);
    return new PreconditionFailed(
      `The name ${identifier} is taken by a snapshot that this run did not make. ${none} See whose it is, and start the runbook again: the next run takes another name.`,
      { snapshot: other.arn, madeBy: other.tags[Tag.run] ?? null },
    );
  }
  if (isRdsError(error, 'SnapshotQuotaExceeded')) {
    const all = await listManualSnapshots();
    const ours = all.filter((snapshot) =>
      isOwn(snapshot, { deployment: environment('deployment'), database: target.name }),
    );
    return new PreconditionFailed(
      `This region has ${all.length} manual snapshots, and its quota allows no more. ${none} ${ours.length} of them are Nightshift's of ${target.name}. Delete snapshots that are not needed, keep fewer ("snapshots" of ${target.name}), or ask AWS for a higher quota; then start the runbook again.`,
      { manual: all.length, own: ours.length },
    );
  }
  if (isRdsError(error, 'InvalidDBInstanceState'))
    return new Transient(`${instance} is busy: ${(error as Error).message} It is tried again.`);
  if (isRdsError(error, 'DBInstanceNotFound'))
    return new PreconditionFailed(
      `${instance} is not there any more: it was renamed or deleted after the plan of ${run.id} was made. ${none}`,
    );
  if (isRdsError(error, 'KMSKeyNotAccessible') || /^KMS/.test((error as Error).name))
    return new PreconditionFailed(
      `RDS cannot use the KMS key of ${instance} (${situation.instance?.kmsKeyId ?? 'unknown'}): ${(error as Error).message} ${none} Enable the key, or let RDS use it, then start the runbook again.`,
    );
  return undefined;
}
