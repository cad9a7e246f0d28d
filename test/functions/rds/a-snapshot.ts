import type { SnapshotFacts } from '../../../functions/rds/list-snapshots.ts';
import { snapshotName } from '../../../functions/rds/snapshot-name.ts';
import { OWNER_TAG, Tag } from '../../../schemas/names.ts';

export const OWNERSHIP = { deployment: 'test', database: 'main' };
const DAY = 86_400_000;
export const NOW = new Date('2026-11-21T03:00:00.000Z');

export const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY);

/** A good snapshot of ours that a run took so many days ago. */
export function aSnapshot(
  days: number,
  { tags, ...members }: Partial<SnapshotFacts> = {},
  { runId = `run-${days}`, good = true } = {},
): SnapshotFacts {
  const at = daysAgo(days).toISOString();
  const identifier = members.identifier ?? snapshotName('main', { id: runId, startedAt: at });
  return {
    identifier,
    arn: `arn:aws:rds:us-east-1:123456789012:snapshot:${identifier}`,
    type: 'manual',
    status: 'available',
    takenAt: at,
    instance: 'orders',
    resourceId: 'db-1',
    encrypted: true,
    kmsKeyId: null,
    copyOf: null,
    ...members,
    tags: {
      [OWNER_TAG]: OWNERSHIP.deployment,
      [Tag.database]: OWNERSHIP.database,
      [Tag.purpose]: 'snapshot',
      [Tag.run]: runId,
      ...(good ? { [Tag.verifiedAt]: at } : {}),
      ...tags,
    },
  };
}
