import {
  type DBSnapshot,
  DescribeDBSnapshotsCommand,
  paginateDescribeDBSnapshots,
} from '@aws-sdk/client-rds';
import { rds } from './client.ts';
import { tagsOf } from './tags.ts';

/** A manual DB snapshot as it is now, as far as anything is decided from it. */
export interface SnapshotFacts {
  readonly identifier: string;
  readonly arn: string;
  /** RDS's own word: `manual`, `automated` … */
  readonly type: string;
  /** RDS's own word: `creating`, `available`, `failed`, `copying` … */
  readonly status: string;
  /** When its data were taken (ISO 8601); null until RDS tells. */
  readonly takenAt: string | null;
  /** The instance it is of: as it was called then, and what stays when it is renamed. */
  readonly instance: string;
  readonly resourceId: string;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | null;
  /** ARN of the snapshot that it is a copy of; null where it is none. */
  readonly copyOf: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** The snapshot as RDS describes it, in our words. */
export function snapshotFacts(described: DBSnapshot): SnapshotFacts {
  // A copy has the time of the copying in the one, and that of its data in the other.
  const takenAt = described.OriginalSnapshotCreateTime ?? described.SnapshotCreateTime;
  return {
    identifier: described.DBSnapshotIdentifier ?? '',
    arn: described.DBSnapshotArn ?? '',
    type: described.SnapshotType ?? '',
    status: described.Status ?? 'unknown',
    takenAt: takenAt?.toISOString() ?? null,
    instance: described.DBInstanceIdentifier ?? '',
    resourceId: described.DbiResourceId ?? '',
    encrypted: described.Encrypted ?? false,
    kmsKeyId: described.KmsKeyId ?? null,
    copyOf: described.SourceDBSnapshotIdentifier || null,
    tags: tagsOf(described.TagList),
  };
}

/**
 * All manual snapshots of the region, whosever they are. Not by the name of an instance: a swap gives that name to another one,
 * and its snapshots must not be forgotten.
 */
export async function listManualSnapshots(): Promise<SnapshotFacts[]> {
  const found: SnapshotFacts[] = [];
  const pages = paginateDescribeDBSnapshots({ client: rds() }, { SnapshotType: 'manual' });
  for await (const { DBSnapshots = [] } of pages) found.push(...DBSnapshots.map(snapshotFacts));
  return found;
}

/** The snapshot of that name, or undefined where RDS knows none (yet: what was just made may be missing for a moment). */
export async function findSnapshot(identifier: string): Promise<SnapshotFacts | undefined> {
  try {
    const { DBSnapshots = [] } = await rds().send(
      new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: identifier }),
    );
    return DBSnapshots[0] && snapshotFacts(DBSnapshots[0]);
  } catch (error) {
    if (isRdsError(error, 'DBSnapshotNotFound')) return undefined;
    throw error;
  }
}

/** Whether RDS answered with this error. Its SDK names an error by its shape (`…Fault`), its documentation by its code. */
export function isRdsError(error: unknown, ...codes: readonly string[]): boolean {
  const name = (error as Error | undefined)?.name ?? '';
  return codes.some((code) => name === code || name === `${code}Fault`);
}
