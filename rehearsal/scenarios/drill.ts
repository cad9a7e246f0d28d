import { differs, type Scenario } from '../stage.ts';

/** The quarterly drill: is the newest snapshot worth anything, and how long would it take? */
export const drill: Scenario = {
  name: 'drill',
  summary: 'the newest snapshot is restored to scratch and proved row by row → time and loss are measured',
  outcome: 'verified',
  needsGoodRelease: false,
  async play(stage) {
    const snapshot = await stage.run('snapshot-database', { database: 'main' });
    const rows = await stage.database.sql('demo', 'SELECT count(*)::int FROM items');
    stage.tell(`clients go on writing: the shop has ${rows[0]} items by now`);
    return [await stage.run('restore-drill', { database: 'main' }), snapshot];
  },
  async verify(stage, [run, snapshot]) {
    const passed = (name: string) => run?.checks.find((check) => check.name === name)?.passed;
    return [
      differs('the outcome of the snapshot', 'verified', snapshot?.outcome),
      differs('the proof of the rows', true, passed('rows')),
      differs('whether the recovery time was measured', true, passed('recovery time')),
      differs('whether the recovery point was measured', true, passed('recovery point')),
      // Deleting takes RDS some minutes.
      differs(
        'instances afterwards',
        'demo',
        await stage.until('the scratch to be gone', 600, async () => {
          const names = await stage.database.names();
          return names.length === 1 && names[0];
        }),
      ),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};
