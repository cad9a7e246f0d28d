import { DEMO } from '../demo-names.ts';
import { differs, type Scenario } from '../stage.ts';

/** The login of the API is rotated while clients shop on. */
export const rotateDatabasePassword: Scenario = {
  name: 'rotate-database-password',
  summary: 'the API gets a new login for its database → every task is seen to use it, and no client notices',
  outcome: 'verified',
  needsGoodRelease: false,
  async play(stage) {
    stage.tell(`the API logs in as ${(await users(stage)).join(', ')}`);
    const run = await stage.run('rotate-secret', { secret: 'shop' });
    stage.tell(`the API logs in as ${(await users(stage)).join(', ')}`);
    return [run];
  },
  async verify(stage, [run]) {
    const { username } = await stage.secrets.read(DEMO.shopSecret);
    return [
      differs('the user of the secret', 'shop_clone', username),
      differs('users that are logged in', ['shop_clone'], await users(stage)),
      differs(
        'owners of tables',
        ['shop_owner'],
        await stage.database.sql(
          'demo',
          "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'",
        ),
      ),
      differs(
        'the proof of adoption',
        true,
        run?.checks.some(({ name, passed }) => name.includes('shop') && passed),
      ),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};

/** Users of the shop that are logged in to its database. */
const users = (stage: Parameters<Scenario['play']>[0]) =>
  stage.database.sql(
    'demo',
    "SELECT DISTINCT usename::text FROM pg_stat_activity WHERE usename LIKE 'shop%' ORDER BY 1",
  );
