import { DEMO } from '../demo-names.ts';
import { FIXED_USER_TAG } from '../images.ts';
import { differs, type Scenario } from '../stage.ts';

/** A release cannot bear the new login. The old one is put back before anybody has to wake up without a service. */
export const rotationBreaksConsumer: Scenario = {
  name: 'rotation-breaks-consumer',
  summary:
    'the API cannot log in with what was rotated → the old login is put back, and clients never noticed',
  outcome: 'undone',
  needsGoodRelease: false,
  async play(stage) {
    const release = await stage.team.release({ tag: FIXED_USER_TAG });
    await stage.until('the release', 600, () => stage.team.isSettled(release));
    stage.tell(`${release} runs well; nobody has noticed that it knows its database user by heart`);
    return [await stage.run('rotate-secret', { secret: 'shop' })];
  },
  async verify(stage, [run]) {
    const { username } = await stage.secrets.read(DEMO.shopSecret);
    const running = await stage.team.running();
    return [
      differs('the user of the secret', 'shop', username),
      differs(
        'whether the new version is still pending',
        undefined,
        await stage.secrets.version(DEMO.shopSecret, 'AWSPENDING'),
      ),
      differs('whether something was changed on the way', true, run?.acted),
      differs(
        'whether the service runs as before',
        true,
        await stage.until('the service to settle', 900, () => stage.team.isSettled(running)),
      ),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', 1, (await stage.team.takePages()).length),
    ];
  },
};
