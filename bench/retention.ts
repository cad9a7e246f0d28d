import type { SnapshotFacts } from '../functions/rds/list-snapshots.ts';
import { decideRetention } from '../functions/rds/retention.ts';
import { snapshotName } from '../functions/rds/snapshot-name.ts';
import { OWNER_TAG, Tag } from '../schemas/names.ts';
import { median, table } from './statistics.ts';

const SNAPSHOTS = 1000;
/** What RDS answers at once. */
const PAGE = 100;
const ROUNDS = 20;
const DAY_MILLISECONDS = 86_400_000;

/** What deciding about a thousand snapshots costs, against reading the same listing as JSON, page by page. */
export function retention(): string {
  const now = new Date('2026-11-21T03:00:00Z');
  const listing = Array.from({ length: SNAPSHOTS }, (_, day) =>
    aSnapshot(new Date(now.getTime() - day * DAY_MILLISECONDS)),
  );
  const pages = Array.from({ length: SNAPSHOTS / PAGE }, (_, page) =>
    JSON.stringify(listing.slice(page * PAGE, (page + 1) * PAGE)),
  );
  const rounds = Array.from({ length: ROUNDS }, () => {
    const reading = timed(() => pages.map((page) => JSON.parse(page)));
    const deciding = timed(() =>
      decideRetention(
        listing,
        { deployment: 'bench', database: 'main' },
        { keepDays: 30, keepAtLeast: 7 },
        now,
      ),
    );
    return { reading, deciding };
  });
  const readings = median(rounds.map(({ reading }) => reading));
  const decisions = median(rounds.map(({ deciding }) => deciding));
  return table(
    [`retention over ${SNAPSHOTS} snapshots`, 'milliseconds', '× reading'],
    [
      [`reading the listing (JSON, ${pages.length} pages)`, readings.toFixed(2), '1.00'],
      ['deciding which go', decisions.toFixed(2), (decisions / readings).toFixed(2)],
    ],
  );
}

function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

function aSnapshot(taken: Date): SnapshotFacts {
  const at = taken.toISOString();
  const identifier = snapshotName('main', { id: at, startedAt: at });
  return {
    identifier,
    arn: `arn:aws:rds:us-east-1:123456789012:snapshot:${identifier}`,
    type: 'manual',
    status: 'available',
    takenAt: at,
    instance: 'main',
    resourceId: 'db-1',
    encrypted: true,
    kmsKeyId: null,
    copyOf: null,
    tags: {
      [OWNER_TAG]: 'bench',
      [Tag.database]: 'main',
      [Tag.purpose]: 'snapshot',
      [Tag.run]: at,
      [Tag.verifiedAt]: at,
    },
  };
}
