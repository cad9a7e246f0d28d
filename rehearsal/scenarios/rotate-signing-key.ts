import { DEMO } from '../demo-names.ts';
import { differs, type Scenario } from '../stage.ts';
import { startTokenClients } from '../token-clients.ts';

/** So long the new key signs, and tokens of the old one expire, before the end is looked at; in seconds. */
const AFTERWARDS_SECONDS = 1500;

interface Keys {
  readonly keys: ReadonlyArray<{ readonly kid: string; readonly signsFrom: string }>;
}

/** The key of the API's tokens is rotated while clients hold tokens of the old one. */
export const rotateSigningKey: Scenario = {
  name: 'rotate-signing-key',
  summary: 'the key of the tokens is rotated → no token that a client holds is ever refused',
  outcome: 'verified',
  needsGoodRelease: false,
  async play(stage) {
    const clients = startTokenClients(stage.baseUrl, stage.clock);
    try {
      const run = await stage.run('rotate-secret', { secret: 'tokens' });
      const end = stage.clock.now() + AFTERWARDS_SECONDS * 1000;
      await stage.until('the new key to sign', AFTERWARDS_SECONDS + 60, async () => stage.clock.now() > end);
      const { shown, refused, keys } = clients.total;
      stage.tell(`${shown} tokens of ${keys.size} keys were shown, and ${refused} refused`);
      if (refused > 0 || shown < 100) throw new Error(`Of ${shown} tokens ${refused} were refused.`);
      if (keys.size !== 2) throw new Error(`Tokens were issued under ${keys.size} keys; two were expected.`);
      return [run];
    } finally {
      clients.stop();
    }
  },
  async verify(stage) {
    const { keys } = (await stage.secrets.read(DEMO.tokenSecret)) as unknown as Keys;
    return [
      differs(
        'keys that may sign by now',
        true,
        keys.some(({ signsFrom }) => Date.parse(signsFrom) < stage.clock.now()),
      ),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};
