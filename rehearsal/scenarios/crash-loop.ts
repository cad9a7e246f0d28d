import { differs, type Scenario } from '../stage.ts';

/** New tasks crash as they start: the old ones go on serving, and the deployment never ends. */
export const crashLoop: Scenario = {
  name: 'crash-loop',
  summary: 'new tasks never become healthy, deployment in progress → it is stopped with rollback',
  outcome: 'verified',
  async play(stage) {
    const bad = await stage.team.release({ tag: '2026-11-21-hotfix' });
    stage.tell(`${bad} goes out: its tasks crash as they start, and are started again`);
    return [await stage.followRun(0)];
  },
  async verify(stage, [run]) {
    return [
      differs('the revision that runs', stage.good, await stage.team.running()),
      differs('the action', 'ecs:StopServiceDeployment', run?.plan?.actions[0]?.call),
      differs('what started it', 'SERVICE_TASK_START_IMPAIRED', run?.run.trigger.by),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};
