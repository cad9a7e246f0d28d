import { Tag } from '../../schemas/names.ts';
import type { Run } from '../../schemas/run.ts';
import type { SnapshotFacts } from './list-snapshots.ts';
import type { InspectedInstance } from './state.ts';

/** Why a snapshot is not what the run was to take, or undefined: part of a sentence. */
export function whyNotGood(
  snapshot: SnapshotFacts,
  instance: Pick<InspectedInstance, 'resourceId' | 'encrypted' | 'kmsKeyId'>,
  run: Pick<Run, 'id' | 'startedAt'>,
): string | undefined {
  if (snapshot.tags[Tag.run] !== run.id) return 'it is not marked as made by this run';
  if (snapshot.status !== 'available') return `it is ${snapshot.status}, not available`;
  if (snapshot.resourceId !== instance.resourceId)
    return `it is of another instance (${snapshot.resourceId}, not ${instance.resourceId}): the name has changed hands meanwhile`;
  const wrongly = whyWronglyEncrypted(snapshot, instance);
  if (wrongly !== undefined) return wrongly;
  if (snapshot.takenAt === null) return 'RDS does not tell when its data were taken';
  if (Date.parse(snapshot.takenAt) < Date.parse(run.startedAt))
    return `its data are of ${snapshot.takenAt}, before this run began`;
  return undefined;
}

/** A snapshot is encrypted as its instance is, with the same key. */
export function whyWronglyEncrypted(
  snapshot: Pick<SnapshotFacts, 'encrypted' | 'kmsKeyId'>,
  instance: Pick<InspectedInstance, 'encrypted' | 'kmsKeyId'>,
): string | undefined {
  if (snapshot.encrypted !== instance.encrypted)
    return `it is ${snapshot.encrypted ? '' : 'not '}encrypted, and its instance is${instance.encrypted ? '' : ' not'}`;
  if (snapshot.kmsKeyId !== null && instance.kmsKeyId !== null && snapshot.kmsKeyId !== instance.kmsKeyId)
    return `it is encrypted with another key than its instance (${snapshot.kmsKeyId})`;
  return undefined;
}
