import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { differs, type Scenario, type Stage } from '../stage.ts';

/** The run that puts a restored database in the original's place dies between its two renames; a second run goes on. */
export const swapDiesHalfWay: Scenario = {
  name: 'swap-dies-half-way',
  summary: 'the run dies between the two renames of a swap → a second run finishes it',
  outcome: 'verified',
  needsGoodRelease: false,
  async play(stage) {
    const snapshot = await stage.run('snapshot-database', { database: 'main' });
    await stage.database.sql('demo', "UPDATE items SET name = 'oops'");
    stage.tell('somebody forgets a WHERE: every item has the same name now');

    const first = await stage.begin('restore-database', { database: 'main', mode: 'swap' });
    await stage.approve(first);
    await stage.until(
      'the original to be set aside',
      7200,
      async () => !(await stage.database.names()).includes('demo'),
    );
    await stage.clients.states.send(
      new StopExecutionCommand({ executionArn: first, error: 'Killed', cause: 'by the rehearsal' }),
    );
    stage.tell(
      `the run is killed: nobody has the name "demo", there are ${(await stage.database.names()).join(' and ')}`,
    );
    const died = await stage.follow('restore-database', first);

    const told = await stage.run('restore-database', { database: 'main' });
    const second = await finishSwap(stage);
    return [await stage.follow('restore-database', second), told, died, snapshot];
  },
  async verify(stage, [run, told, died]) {
    const names = await stage.database.names();
    await stage.until('the service to answer again', 600, async () => {
      stage.traffic.take();
      const enough = stage.traffic.total.requests + 20;
      await stage.until('some more requests', 300, async () => stage.traffic.total.requests >= enough);
      return stage.traffic.take().errors === 0;
    });
    return [
      differs('the outcome of the run that died', 'failed', died?.outcome),
      differs('whether a run that does not say which way is refused', 'refused', told?.outcome),
      differs(
        'whether it tells which way there is',
        true,
        told?.error?.message.includes('"unfinished":"finish"'),
      ),
      differs(
        'whether the second run knows of the first',
        true,
        run?.plan?.summary.includes(died?.run.id ?? '?'),
      ),
      differs('how many have the name', 1, names.filter((name) => name === 'demo').length),
      differs(
        'whether the original is kept',
        1,
        names.filter((name) => name.startsWith('demo-before-')).length,
      ),
      differs(
        'items that are called oops',
        [0],
        await stage.database.sql('demo', "SELECT count(*)::int FROM items WHERE name = 'oops'"),
      ),
      differs(
        'tasks',
        [2, 2],
        [(await stage.team.service()).desiredCount, (await stage.team.service()).runningCount],
      ),
    ];
  },
};

const ATTEMPTS = 5;

/**
 * Ends the swap as a person would: the services are stopped, so their alarms may just have started a rollback, which finds nothing to
 * roll back; while that has the services' lock, one is told to start again when it has ended.
 */
async function finishSwap(stage: Stage): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const arn = await stage.begin('restore-database', { database: 'main', unfinished: 'finish' });
    try {
      await stage.approve(arn);
      return arn;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error as Error).message.includes('holds the lock')) throw error;
      stage.tell((error as Error).message);
      await stage.follow('restore-database', arn);
    }
  }
}
