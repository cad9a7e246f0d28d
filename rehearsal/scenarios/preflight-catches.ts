import { DEMO } from '../demo-names.ts';
import { differs, type Scenario } from '../stage.ts';

/** Values that somebody has mistyped into the release; what it is asked must tell none of them. */
const MISTYPED = { port: '54.32-kettle', url: 'htps//shop-orbit.example' };

/** A release is about to go out with half a dozen mistakes. All of them are told before its first task starts. */
export const preflightCatches: Scenario = {
  name: 'preflight-catches',
  summary:
    'a release with many mistakes is about to go out → refused before anything starts, all of them named at once',
  outcome: 'verified',
  needsGoodRelease: false,
  async play(stage) {
    const before = await deployments(stage);
    const bad = await stage.team.register({
      environment: {
        DATABASE_NAME: undefined,
        DATABASE_PORT: MISTYPED.port,
        SHOP_NAME: 'changeme',
        SHOP_URL: MISTYPED.url,
        PAYMENTS_LIVE: 'true',
      },
      secrets: {
        ADMINS: (reference) => `${reference}:owners::`,
        TOKEN_KEYS: (reference) => reference.replace('demo/token-keys', 'demo/token-keyring'),
      },
    });
    stage.tell(`${bad} is registered with a handful of mistakes; the pipeline asks before it goes out`);
    const refused = await stage.run('preflight', { service: 'api', revision: bad });
    if ((await deployments(stage)) !== before) throw new Error('Something that runs was touched.');
    stage.tell(
      `nothing that runs was touched, and ${problemsOf(refused).length} problems were named at once`,
    );

    const mended = await stage.team.register({
      environment: { PAYMENTS_LIVE: 'true', PAYMENTS_URL: 'https://payments.example.com' },
    });
    const run = await stage.run('preflight', { service: 'api', revision: mended });
    await stage.team.deploy(mended);
    await stage.until('the mended release', 900, () => stage.team.isSettled(mended));
    stage.tell(`${mended} passed, went out and serves its clients`);
    return [run, refused];
  },
  async verify(stage, [run, refused]) {
    const told = JSON.stringify([run, refused]);
    return [
      differs('the outcome of the first preflight', 'refused', refused?.outcome),
      differs('what is wrong with the release', PROBLEMS, refused && problemsOf(refused)),
      differs('whether anything was changed', [false, false], [run?.acted, refused?.acted]),
      differs('problems of the mended release', [], run && problemsOf(run)),
      ...Object.entries(MISTYPED).map(([what, value]) =>
        differs(`the mistyped ${what} in what was written`, false, told.includes(value)),
      ),
      differs('what runs', run?.run.request?.revision, await stage.team.running()),
      differs('failed requests', 0, stage.traffic.total.errors),
      differs('pages', [], await stage.team.takePages()),
    ];
  },
};

const PROBLEMS = [
  'secret (demo/token-keyring)',
  `secret (${DEMO.adminsSecret})`,
  'require[1] (DATABASE_NAME)',
  'conditional[0].require[0] (PAYMENTS_URL)',
  'formats (DATABASE_PORT)',
  'formats (SHOP_URL)',
  'forbidden.values (SHOP_NAME)',
];

/** Names of the checks that did not pass, without the six characters that end a secret's ARN. */
const problemsOf = ({ checks }: { checks: ReadonlyArray<{ name: string; passed: boolean }> }): string[] =>
  checks.filter(({ passed }) => !passed).map(({ name }) => name.replace(/-\w{6}\)$/, ')'));

/** What ECS runs and has begun to deploy. */
async function deployments({ team }: Parameters<Scenario['play']>[0]): Promise<string> {
  const { deployments = [], runningCount, events = [] } = await team.service();
  return JSON.stringify([
    runningCount,
    deployments.map(({ id, taskDefinition, updatedAt }) => [id, taskDefinition, updatedAt]),
    events.map(({ id }) => id),
  ]);
}
