import * as z from 'zod/mini';
import { Lock, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { Transient } from '../errors.ts';
import { snapshotArn } from '../rds/decide-snapshot.ts';
import { snapshotName } from '../rds/snapshot-name.ts';
import { Situation, TakenManifest } from '../rds/state.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { mapError } from '../step/map-error.ts';
import { type StepTools, step } from '../step.ts';
import { readTargetManifest } from './manifest/read-target-manifest.ts';
import { manifestKey, readManifest, storeManifest } from './manifest/store.ts';

const STEP = 'take-manifest';
const CALL = 's3:PutObject';
/** A passing failure is tried again so often in all; then the snapshot is taken without a manifest. */
const MOST_ATTEMPTS = 3;

const Input = z.object({ run: Run, lock: Lock, target: DatabaseTarget, situation: Situation });
type Input = z.infer<typeof Input>;

/**
 * Notes what the database holds, and stores it under the name of the snapshot that is about to be taken. Reads only. Where it cannot
 * be had, the answer says why: the snapshot is taken all the same, and the run fails in its verification.
 */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: TakenManifest, run: take });

async function take({ run, lock, target, situation }: Input, tools: StepTools): Promise<TakenManifest> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as TakenManifest;
  const at = earlier?.at ?? new Date().toISOString();
  const attempt = Number(earlier?.result?.attempts ?? 0) + 1;
  const key = manifestKey(target.name, snapshotName(target.name, run));
  const end = async (result: TakenManifest): Promise<TakenManifest> => {
    await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result });
    await (result.taken
      ? audit(run.id, tools, 'action', `Stored the manifest of ${result.tables} tables.`, { key })
      : audit(
          run.id,
          tools,
          'error',
          `NO MANIFEST: ${result.why}. The snapshot is taken all the same, but a restore from it cannot be proved row by row.`,
        ));
    return result;
  };
  const without = (why: string) => end({ taken: false, key: null, takenAt: null, tables: null, why });

  await requireSwitchOn();
  await updateRecord(run.id, { phase: 'act' });
  // An attempt that was killed (memory, time) says nothing; counted beforehand, it does not go on for ever.
  if (attempt > MOST_ATTEMPTS) return without(`the function was ended ${MOST_ATTEMPTS} times while it read`);
  await writeAction(run.id, {
    step: STEP,
    status: 'intended',
    call: CALL,
    at,
    result: { attempts: attempt },
  });
  try {
    const kept = await readManifest(key);
    if (kept !== undefined)
      return await end({
        taken: true,
        key,
        takenAt: kept.takenAt,
        tables: kept.manifest.tables.length,
        why: null,
      });
    const { manifest, takenAt } = await readTargetManifest(
      target,
      situation.instance?.settings.instanceClass ?? '',
      tools.signal,
    );
    const snapshot = snapshotName(target.name, run);
    await storeManifest(key, {
      snapshotArn: snapshotArn(situation.instance?.arn ?? '', snapshot),
      snapshot,
      database: target.name,
      takenAt,
      manifest,
    });
    return await end({ taken: true, key, takenAt, tables: manifest.tables.length, why: null });
  } catch (thrown) {
    const error = mapError(thrown, STEP);
    if (error instanceof Transient && attempt < MOST_ATTEMPTS) throw error;
    return without(error.message.replace(/\.$/, ''));
  }
}
