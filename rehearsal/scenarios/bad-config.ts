import { differs, type Scenario } from '../stage.ts';

/** The image stays, one setting changes, and every request fails. */
export const badConfig: Scenario = {
  name: 'bad-config',
  summary: 'only an environment variable changed → the configuration is reverted',
  outcome: 'verified',
  async play(stage) {
    const bad = await stage.team.release({ environment: { PRICE_LIST: 'summmer' } });
    stage.tell(`${bad} goes out with the same image and one setting changed, misspelt`);
    const [alarm] = await stage.until('an alarm', 900, async () => {
      const red = await stage.team.redAlarms();
      return red.length > 0 && red;
    });
    stage.tell(`the alarm ${alarm} goes off`);
    return [await stage.followRun(0)];
  },
  async verify(stage, [run]) {
    return [
      differs('the revision that runs', stage.good, await stage.team.running()),
      differs(
        'what changed',
        ['environment.PRICE_LIST'],
        run?.plan?.changes.map(({ what }) => what),
      ),
      differs(
        'the title of the action',
        `Revert the configuration to ${stage.good}`,
        run?.plan?.actions[0]?.title,
      ),
      differs('values of variables in the report', false, JSON.stringify(run).includes('summmer')),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};
