import type { DatabaseTarget } from '../../schemas/target.ts';
import { NeedsHuman } from '../errors.ts';
import { type Drill, readDrills } from '../rds/drill-record.ts';
import { listManualSnapshots, type SnapshotFacts } from '../rds/list-snapshots.ts';
import { readTarget } from '../run/directory.ts';

/** Drills may fail for a while; the last one that passed is looked for among so many. */
const MOST_DRILLS = 100;

/** What many services have in common: each is looked at once, however many ask. */
export interface SharedLook {
  snapshots(): Promise<readonly SnapshotFacts[]>;
  database(name: string): Promise<DatabaseTarget>;
  /** Newest first. */
  drills(database: string): Promise<readonly Drill[]>;
}

/** A look at one moment; the next one needs a new one. */
export function sharedLook(): SharedLook {
  const seen = new Map<string, Promise<unknown>>();
  const once = <Seen>(what: string, look: () => Promise<Seen>): Promise<Seen> => {
    const known = seen.get(what) as Promise<Seen> | undefined;
    const looked = known ?? look();
    seen.set(what, looked);
    return looked;
  };
  return {
    snapshots: () => once('snapshots', listManualSnapshots),
    database: (name) =>
      once(`database ${name}`, async () => {
        const target = await readTarget('database', name);
        if (target.kind !== 'database') throw new NeedsHuman(`${name} is declared as a ${target.kind}.`);
        return target;
      }),
    drills: (database) => once(`drills ${database}`, () => readDrills(database, MOST_DRILLS)),
  };
}
