import { differs, type Scenario } from '../stage.ts';

/** A release with a bug goes out: it is healthy by its own account, and fails its clients. */
export const badRelease: Scenario = {
  name: 'bad-release',
  summary: '5xx after a release → alarm → the image is rolled back',
  outcome: 'verified',
  async play(stage) {
    const bad = await stage.team.release({ tag: '2026-11-21' });
    stage.tell(`${bad} goes out: its health checks pass, but it fails its clients`);
    const [alarm] = await stage.until('an alarm', 900, async () => {
      const red = await stage.team.redAlarms();
      return red.length > 0 && red;
    });
    const seen = stage.traffic.take();
    stage.tell(`the alarm ${alarm} goes off; ${seen.errors} of ${seen.requests} requests have failed by now`);
    return [await stage.followRun(0)];
  },
  async verify(stage, [run]) {
    const running = await stage.team.running();
    stage.traffic.take();
    const enough = stage.traffic.total.requests + 20;
    await stage.until('some more requests', 300, async () => stage.traffic.total.requests >= enough);
    const after = stage.traffic.take();
    stage.tell(`${running} runs again; of the last ${after.requests} requests ${after.errors} failed`);
    return [
      differs('the revision that runs', stage.good, running),
      differs('failed requests after the rollback', 0, after.errors),
      differs('the action', 'ecs:UpdateService', run?.plan?.actions[0]?.call),
      differs(
        'what changed',
        ['image'],
        run?.plan?.changes.map(({ kind }) => kind),
      ),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};
