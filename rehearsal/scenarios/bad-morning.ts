import { randomUUID } from 'node:crypto';
import type { RunRecord } from '../../schemas/run.ts';
import { RESTOCK } from '../demo-api/restock.ts';
import { DEMO } from '../demo-names.ts';
import { NAMELESS_TAG } from '../images.ts';
import { changesOf, judgedDay, problemsOf } from '../judged-day.ts';
import { differs, type Scenario, type Stage } from '../stage.ts';

/** So long the shop's heartbeat is looked back for, and a little more; in seconds. */
const LOOK_BACK_SECONDS = 345;
/** No line for so long is a silence; in seconds. */
const SILENCE_SECONDS = 180;
/** More than are usual, and not too many yet. */
const SESSIONS = 30;

/**
 * Overnight several things break, each too quietly for an alarm. In the morning the daily check names all of them, and starts the
 * runbook that mends what a release has broken. Then a person mends the rest, and breaks something else.
 */
export const badMorning: Scenario = {
  name: 'bad-morning',
  summary:
    'several things break overnight and no alarm goes off → the daily check names each, and starts the runbooks that handle them',
  outcome: 'verified',
  async play(stage) {
    await stage.run('rollback-readiness', { service: 'api' });
    await pass(stage, LOOK_BACK_SECONDS);
    const evening = await checkAll(stage);
    stage.tell('in the evening all is well');

    const notebook = await breakQuietly(stage);
    const alarms = await stage.team.redAlarms();
    if (alarms.length > 0) throw new Error(`${alarms.join(', ')} went off, so nobody needs a daily check.`);
    const morning = await checkAll(stage);
    const rollback = await stage.followRun(0);

    await notebook.close();
    await stage.secrets.keepFromNobody(DEMO.shopSecret);
    await openLogin(stage);
    stage.tell('a person mends the rest, and gives the master a new password that its secret does not know');
    const password = await changeMaster(stage);
    await pass(stage, LOOK_BACK_SECONDS);
    const noon = await checkAll(stage);
    const validation = await stage.followRun(0, 'validate-database');

    const master = await stage.secrets.read(DEMO.masterSecret);
    await stage.secrets.stage(DEMO.masterSecret, { ...master, password }, 'AWSCURRENT');
    stage.tell('the secret is told');
    return [await checkAll(stage), morning, rollback, noon, validation, evening];
  },
  async verify(stage, [last, morning, rollback, noon, validation, evening]) {
    const checks = [evening, morning, noon, last];
    const days = await Promise.all(checks.map((run) => judgedDay(stage.clients, run?.run.id ?? '')));
    return [
      differs(
        'how the checks ended',
        ['verified', 'failed', 'failed', 'verified'],
        checks.map((run) => run?.outcome),
      ),
      differs('what was not as it must be', PROBLEMS, days.map(problemsOf)),
      differs('what had changed', CHANGES, days.map(changesOf)),
      differs(
        'what started the checks',
        Array(checks.length).fill(SCHEDULE),
        checks.map((run) => run?.run.trigger),
      ),
      differs(
        'whether the checks themselves changed anything',
        false,
        checks.some((run) => run?.acted),
      ),
      differs(
        'what the service could be rolled back to in the morning',
        [{ target: 'service/api', ready: false }],
        days[1]?.readiness.map(({ target, ready }) => ({ target, ready })),
      ),
      differs('what started the rollback', { kind: 'runbook', by: morning?.run.id }, rollback?.run.trigger),
      differs('how the rollback ended', 'verified', rollback?.outcome),
      differs(
        'whether the rollback saw that its reason is gone',
        [true],
        rollback?.checks.filter(({ name }) => name === 'items').map(({ passed }) => passed),
      ),
      differs('the revision that runs', stage.good, await stage.team.running()),
      differs('what started the validation', { kind: 'runbook', by: noon?.run.id }, validation?.run.trigger),
      differs('how the validation ended', 'failed', validation?.outcome),
      differs('all runs', RUNS, await runsOf(stage)),
      differs(
        'pages',
        PAGES,
        (await stage.team.takePages()).map((subject) => subject.replace(/^[A-Z ]+: /, '')).toSorted(),
      ),
      differs('failed requests', 0, stage.traffic.total.errors),
    ];
  },
};

/** What each check has to find, what is worst first, and what handles it. */
const PROBLEMS = [
  [],
  [
    'fail service/api items: roll-back-service',
    'fail service/api heartbeat: restock: a person',
    'fail database/main login: demo/analyst: a person',
    'unknown database/main login: demo/shop: a person',
    'warn database/main connections: a person',
  ],
  ['fail database/main connectivity: validate-database'],
  [],
];
const CHANGES = [
  [],
  ['newly broken: service/api, database/main'],
  [
    'still broken: database/main',
    'mended: service/api',
    'within database/main: connectivity broken, login: demo/analyst mended, nothing not known',
  ],
  ['as before: service/api', 'mended: database/main'],
];
/** What only warns, or is not known, has started nothing. */
const RUNS = {
  'daily-health-check': 4,
  'roll-back-service': 1,
  'rollback-readiness': 1,
  'validate-database': 1,
};
/** What a person is woken up for, in the order of the alphabet and without the word that each begins with. */
const PAGES = [
  '1 of 2 is broken: main',
  '2 of 2 are broken: api, main',
  'validate-database on database/main',
];

async function runsOf({ deployment }: Stage): Promise<Record<string, number>> {
  const entries = await deployment.runbooks();
  const counted = await Promise.all(
    entries.map(async (entry) => [entry.name, (await deployment.runsOf(entry)).length] as const),
  );
  return Object.fromEntries(
    counted.filter(([, count]) => count > 0).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}

/** As the schedule of the daily check does it. */
const SCHEDULE = { kind: 'schedule', by: 'daily-health-check' };
async function checkAll(stage: Stage): Promise<RunRecord> {
  const run = await stage.run('daily-health-check', { dryRun: false, trigger: SCHEDULE });
  const { error } = run;
  // That something is broken is found, and is no failure of what looks for it.
  if (error !== undefined && error.name !== 'VerificationFailed')
    throw new Error(`The daily check did not come to its end: ${error.name}: ${error.message}`);
  return run;
}

async function pass(stage: Stage, seconds: number): Promise<void> {
  const end = stage.clock.now() + seconds * 1000;
  await stage.until('time to pass', seconds + 60, async () => stage.clock.now() > end);
}

/** What happens between evening and morning. Returns the notebook that was left open. */
async function breakQuietly(stage: Stage): Promise<{ close(): Promise<void> }> {
  const bad = await stage.team.release({ tag: NAMELESS_TAG });
  await stage.until('the release', 900, () => stage.team.isSettled(bad));
  stage.tell(`late in the evening ${bad} goes out: it answers with 200, and no item has a name`);
  const notebook = await stage.database.leaveOpen(
    DEMO.instance,
    await stage.secrets.read(DEMO.analystSecret),
    SESSIONS,
    `SELECT pg_advisory_lock(${RESTOCK.advisoryLock})`,
  );
  stage.tell(
    "the analyst's notebook is left open: it holds many sessions, and a lock for which the restocking waits",
  );
  await stage.database.sql(DEMO.instance, `ALTER ROLE ${DEMO.analyst} NOLOGIN`);
  await stage.secrets.keepFrom(DEMO.shopSecret, 'CheckDatabase');
  stage.tell(
    "somebody tidies up: the analyst's login is closed, and Nightshift may not read that of the shop",
  );
  await pass(stage, SILENCE_SECONDS);
  const why = await stage.until('the end of its bake time', 600, async () =>
    (await stage.team.recorded()).map((one) => one.why).find((one) => one.includes('items')),
  );
  stage.tell(`nothing went off in its bake time, and all the same it is not recorded as good: ${why}`);
  return notebook;
}

async function openLogin(stage: Stage): Promise<void> {
  await stage.database.sql(DEMO.instance, `ALTER ROLE ${DEMO.analyst} LOGIN`);
}

/** Gives the master user a new password in the database alone, and returns it. */
async function changeMaster(stage: Stage): Promise<string> {
  const password = randomUUID();
  const { username } = await stage.secrets.read(DEMO.masterSecret);
  await stage.database.sql(DEMO.instance, `ALTER ROLE ${username} PASSWORD '${password}'`);
  return password;
}
