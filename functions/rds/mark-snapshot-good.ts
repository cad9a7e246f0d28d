import { AddTagsToResourceCommand } from '@aws-sdk/client-rds';
import * as z from 'zod/mini';
import { Tag } from '../../schemas/names.ts';
import { Lock, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed, Transient, VerificationFailed } from '../errors.ts';
import { readAction, writeAction } from '../run/action-record.ts';
import { audit } from '../run/audit-log.ts';
import { requireSwitchOn } from '../run/guards.ts';
import { holdLock, lockLifeSeconds } from '../run/lock.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { rds } from './client.ts';
import { whyNotGood } from './judge-snapshot.ts';
import { findSnapshot } from './list-snapshots.ts';
import { AvailableSnapshot, MarkedSnapshot, Situation } from './state.ts';

const STEP = 'mark-snapshot-good';
const CALL = 'rds:AddTagsToResource';

const Input = z.object({
  run: Run,
  lock: Lock,
  target: DatabaseTarget,
  situation: Situation,
  snapshot: AvailableSnapshot,
});
type Input = z.infer<typeof Input>;

/** Looks at the finished snapshot afresh, and marks it as good: from then on restores choose it and retention counts it. */
export const handler = step({ name: STEP, phase: 'act', input: Input, output: MarkedSnapshot, run: mark });

async function mark(
  { run, lock, target, situation, snapshot: { identifier } }: Input,
  tools: StepTools,
): Promise<MarkedSnapshot> {
  await holdLock(lock, run.id, lockLifeSeconds(target));
  const earlier = await readAction(run.id, STEP);
  if (earlier?.status === 'done') return earlier.result as MarkedSnapshot;
  if (situation.instance === null)
    throw new PreconditionFailed(
      `${identifier} has no instance to be compared with. It was not marked as good.`,
    );
  const snapshot = await findSnapshot(identifier);
  // It was seen available already: describe calls lag.
  if (snapshot === undefined || snapshot.status === 'creating')
    throw new Transient(`RDS does not describe ${identifier} as complete yet. It is looked at again.`);
  const why = whyNotGood(snapshot, situation.instance, run);
  if (why !== undefined) {
    throw new VerificationFailed(
      `The snapshot ${identifier} is not good: ${why}. It was not marked as good, so nothing restores from it unasked and nothing older was deleted for it; retention removes it when it is a day old. Start snapshot-database again.`,
      { snapshot: snapshot.arn, status: snapshot.status },
    );
  }
  const at = earlier?.at ?? new Date().toISOString();
  const marked: MarkedSnapshot = {
    identifier,
    arn: snapshot.arn,
    takenAt: snapshot.takenAt as string,
    verifiedAt: snapshot.tags[Tag.verifiedAt] ?? at,
  };
  if (snapshot.tags[Tag.verifiedAt] === undefined) {
    await requireSwitchOn();
    await writeAction(run.id, { step: STEP, status: 'intended', call: CALL, at });
    await updateRecord(run.id, { acted: true, phase: 'act' });
    await audit(
      run.id,
      tools,
      'action',
      `Mark ${identifier} as good: complete, of the right instance, data of ${marked.takenAt}.`,
      {
        call: CALL,
        snapshot: snapshot.arn,
      },
    );
    await rds().send(
      new AddTagsToResourceCommand({
        ResourceName: snapshot.arn,
        Tags: [{ Key: Tag.verifiedAt, Value: marked.verifiedAt }],
      }),
      { abortSignal: tools.signal },
    );
  }
  await writeAction(run.id, { step: STEP, status: 'done', call: CALL, at, result: marked });
  return marked;
}
