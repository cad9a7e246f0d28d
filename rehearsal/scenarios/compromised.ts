import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { Parameter } from '../../schemas/names.ts';
import { DEMO } from '../demo-names.ts';
import { differs, type Scenario } from '../stage.ts';

/** A laptop with production's secrets is gone, in the middle of a change freeze. */
export const compromised: Scenario = {
  name: 'compromised',
  summary:
    'a laptop with the secrets is stolen → all of them are rotated at once, in spite of a change freeze',
  outcome: 'verified',
  needsGoodRelease: false,
  async play(stage) {
    await freeze(stage);
    const stolen = await stage.secrets.read(DEMO.shopSecret);
    const token = await logIn(stage.baseUrl);
    stage.tell('nothing may be changed until the new year; then a laptop with the secrets is stolen');
    const refused = await stage.run('rotate-secret', { secret: 'shop' });
    const run = await stage.run('rotate-compromised', {
      tag: 'login',
      reason: 'the laptop of a developer was stolen',
    });
    if (await stage.database.mayLogIn(DEMO.instance, stolen))
      throw new Error('The stolen login still works.');
    const { status } = await show(stage.baseUrl, token);
    if (status !== 401) throw new Error(`A token of the stolen key was answered ${status}.`);
    const fresh = await show(stage.baseUrl, await logIn(stage.baseUrl));
    if (fresh.status !== 200) throw new Error(`A token of the new key was answered ${fresh.status}.`);
    stage.tell('the stolen login and tokens of the stolen key are refused');
    return [run, refused];
  },
  async verify(stage, [, refused]) {
    return [
      differs('the outcome of a rotation without a reason', 'refused', refused?.outcome),
      differs(
        'users that are logged in',
        ['shop_clone'],
        await stage.database.sql(
          DEMO.instance,
          "SELECT DISTINCT usename::text FROM pg_stat_activity WHERE usename LIKE 'shop%' ORDER BY 1",
        ),
      ),
      differs(
        'keys of tokens',
        1,
        ((await stage.secrets.read(DEMO.tokenSecret)) as unknown as { keys: unknown[] }).keys.length,
      ),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};

async function logIn(baseUrl: string): Promise<string> {
  const answer = await fetch(`${baseUrl}/login`, { method: 'POST' });
  return ((await answer.json()) as { token: string }).token;
}

const show = (baseUrl: string, token: string) =>
  fetch(`${baseUrl}/account`, { headers: { authorization: `Bearer ${token}` } });

async function freeze({ clients: { ssm } }: Parameters<Scenario['play']>[0]): Promise<void> {
  const Name = Parameter.policy('nightshift');
  const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name }));
  const policy = JSON.parse(found?.Value ?? '{}') as object;
  const freezeWindows = [{ name: 'year end', from: '2026-11-01T00:00:00Z', to: '2027-01-02T00:00:00Z' }];
  await ssm.send(
    new PutParameterCommand({ Name, Value: JSON.stringify({ ...policy, freezeWindows }), Overwrite: true }),
  );
}
