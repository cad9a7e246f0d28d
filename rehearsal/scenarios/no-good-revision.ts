import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { GOOD_TAG, REPOSITORY } from '../images.ts';
import { differs, type Scenario } from '../stage.ts';

/** A bad release goes out, and the image of the only good one has been cleaned away. */
export const noGoodRevision: Scenario = {
  name: 'no-good-revision',
  summary: 'nothing good to go back to → refused, a person is paged, nothing is touched',
  outcome: 'refused',
  async play(stage) {
    const { good } = stage;
    const bad = await stage.team.release({ tag: '2026-11-21' });
    await stage.until('the bad release to be deployed', 600, () => stage.team.isSettled(bad));
    await stage.clients.ecr.send(
      new BatchDeleteImageCommand({ repositoryName: REPOSITORY, imageIds: [{ imageTag: GOOD_TAG }] }),
    );
    stage.tell(`${bad} goes out, and somebody's clean-up removes the image of ${good}`);
    return [await stage.followRun(0)];
  },
  async verify(stage, [run]) {
    const service = await stage.team.service();
    return [
      differs('the revision that runs', 'api:3', await stage.team.running()),
      differs('deployments', 1, service.deployments?.length),
      differs('whether anything was changed', false, run?.acted),
      differs('whether it says why', true, run?.error?.message.includes('is gone from its repository')),
      differs(
        'pages',
        ['REFUSED: roll-back-service on service/api'],
        await stage.until('the page', 60, async () => {
          const pages = await stage.team.takePages();
          return pages.length > 0 && pages;
        }),
      ),
    ];
  },
};
