import { DeleteObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { Tag } from '../../schemas/names.ts';
import { client } from '../clients.ts';
import { environment } from '../environment.ts';
import { manifestKey } from '../postgres/manifest/store.ts';
import type { SnapshotFacts } from './list-snapshots.ts';
import { runStartOf } from './snapshot-name.ts';

const s3 = client(S3Client);
const DAY_MILLISECONDS = 86_400_000;

/**
 * Of a database's manifests those that nothing can be compared with any more: their snapshot is gone, no copy of it carries
 * their key, and the time they are of is too long ago to restore to.
 *
 * @param keys of objects in the report bucket
 * @param snapshots all manual ones of the region
 * @param backupDays how far back the instance can be restored to a point in time
 */
export function uselessManifests(
  keys: readonly string[],
  database: string,
  snapshots: readonly SnapshotFacts[],
  asOf: Date,
  backupDays: number,
): string[] {
  const used = new Set(
    snapshots.flatMap(({ identifier, tags }) =>
      [manifestKey(database, identifier), tags[Tag.manifest] ?? []].flat(),
    ),
  );
  // A day at least: the newest snapshot may not be listed yet.
  const oldest = asOf.getTime() - Math.max(1, backupDays) * DAY_MILLISECONDS;
  return keys.filter((key) => {
    const start = runStartOf(/([^/]+)\.json$/.exec(key)?.[1] ?? '');
    return start !== undefined && start.getTime() < oldest && !used.has(key);
  });
}

/**
 * Deletes useless manifests; see {@link uselessManifests}.
 *
 * @param most so many at a time
 * @returns how many
 */
export async function sweepManifests(
  database: string,
  snapshots: readonly SnapshotFacts[],
  asOf: Date,
  backupDays: number,
  most: number,
): Promise<number> {
  const Bucket = environment('reportBucket');
  const folder = manifestKey(database, '').replace(/[^/]*$/, '');
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3() }, { Bucket, Prefix: folder }))
    keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
  const useless = uselessManifests(keys, database, snapshots, asOf, backupDays).slice(0, most);
  for (const Key of useless) await s3().send(new DeleteObjectCommand({ Bucket, Key }));
  return useless.length;
}
