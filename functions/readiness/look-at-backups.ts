import { READINESS_DEFAULTS } from '../../schemas/readiness.ts';
import type { ServiceTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import type { Part } from '../health/look-at-all.ts';
import { judgeDrillAge, judgeSnapshotAge } from './judge-backups.ts';
import { questionPart } from './question-part.ts';
import type { SharedLook } from './shared-look.ts';

/** What rests on its database: without one there is nothing to restore. */
export function backupParts({ database, readiness }: ServiceTarget, shared: SharedLook, now: Date): Part[] {
  if (database === undefined) return [];
  const { snapshotMaxAgeSeconds } = readiness ?? READINESS_DEFAULTS;
  const { name } = database;
  return [
    questionPart(
      'snapshot',
      `a young snapshot of ${name} that was proved`,
      async () =>
        judgeSnapshotAge(
          await shared.snapshots(),
          { deployment: environment('deployment'), database: name },
          snapshotMaxAgeSeconds,
          now,
        ),
      'snapshot',
    ),
    questionPart(
      'drill',
      `a restore drill of ${name} that passed lately`,
      async () => {
        const { restore } = await shared.database(name);
        return judgeDrillAge(name, await shared.drills(name), restore.drillDays, now);
      },
      'drill',
    ),
  ];
}
