import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import { Tag } from '../../schemas/names.ts';
import { rds } from './client.ts';
import type { RestorableSnapshot } from './restorable-snapshots.ts';

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
