import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import { Tag } from '../../schemas/names.ts';
import { audit } from '../run/audit-log.ts';
import type { StepTools } from '../step.ts';
import { rds } from './client.ts';
import { findRestorableSnapshot, type RestorableSnapshot } from './restorable-snapshots.ts';

/** Marks a snapshot as used by a run, so that retention leaves it alone (rule 18). The mark wears off after a day. */
export async function markInUse(arn: string, runId: string, now: Date): Promise<void> {
  await rds().send(
    new AddTagsToResourceCommand({
      ResourceName: arn,
      Tags: [{ Key: Tag.inUseBy, Value: `${runId} ${now.toISOString()}` }],
    }),
  );
}

/** Takes the mark of a run off a snapshot; that of another run stays. */
export async function releaseSnapshot(
  snapshot: Pick<RestorableSnapshot, 'arn' | 'tags'>,
  runId: string,
): Promise<boolean> {
  if (snapshot.tags[Tag.inUseBy]?.split(' ')[0] !== runId) return false;
  await rds().send(new RemoveTagsFromResourceCommand({ ResourceName: snapshot.arn, TagKeys: [Tag.inUseBy] }));
  return true;
}

/** The same by the snapshot's name. The mark wears off by itself, so that a failure is no reason to fail. */
export async function releaseIfPossible(
  snapshot: string | null,
  runId: string,
  tools: StepTools,
): Promise<void> {
  if (snapshot === null) return;
  try {
    const found = await findRestorableSnapshot(snapshot);
    if (found !== undefined) await releaseSnapshot(found, runId);
  } catch (error) {
    await audit(
      runId,
      tools,
      'observation',
      `${snapshot} is still marked as in use (${(error as Error).name}).`,
    );
  }
}
