import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { Deployment } from '../bin/command/aws.ts';
import type { Sandbox } from '../sandbox/contract.ts';
import type { RunbookEntry } from '../schemas/deployment.ts';
import type { RunRecord, Trigger } from '../schemas/run.ts';
import { createClients } from './clients.ts';
import { GOOD_TAG } from './images.ts';
import type { Stage } from './stage.ts';
import { startDemo } from './start-demo.ts';
import { Team } from './team.ts';
import { TeamDatabase } from './team-database.ts';
import { TeamSecrets } from './team-secrets.ts';
import { startTraffic } from './traffic.ts';

/** Longest that a run may take to begin before the rehearsal gives up, in sandbox seconds. */
const PATIENCE_SECONDS = 3600;
/** Enough for every minute to have the twenty requests that a ratio needs, on the sandbox's clock. */
const MILLISECONDS_PER_REQUEST = 1250;
const REQUESTS_AT_MOST = 50_000;
const LOOK_MILLISECONDS = 100;

export interface StageOptions {
  /** Sandbox seconds per second. */
  readonly speed: number;
  /** Whether a release is recorded as good first; true when not given. */
  readonly needsGoodRelease?: boolean;
  /** Whether clients send requests; true when not given. Without them no release can be recorded as good. */
  readonly hasTraffic?: boolean;
  /** Told of each turn of the story, with the sandbox seconds since its beginning. */
  readonly say?: (seconds: number, line: string) => void;
  /** Called as a run begins to be followed, and then with its history as it grows. */
  readonly onRun?: () => void;
  readonly onEvents?: (entry: RunbookEntry, events: readonly HistoryEvent[]) => void;
}

/** Starts the demonstration and sends it traffic; then, unless told otherwise, releases what is recorded as its last known good revision. */
export async function openStage(
  options: StageOptions,
): Promise<{ stage: Stage; sandbox: Sandbox; close(): Promise<void> }> {
  const { speed, needsGoodRelease = true, hasTraffic = true } = options;
  const { say = () => {}, onRun = () => {}, onEvents = () => {} } = options;
  const demo = await startDemo({
    speed,
    onLog: (line) => process.env.DEBUG && process.stderr.write(`${line}\n`),
  });
  const traffic = startTraffic(demo.baseUrl, {
    clock: demo.sandbox.clock,
    everyMilliseconds: MILLISECONDS_PER_REQUEST,
    atMost: REQUESTS_AT_MOST,
  });
  if (!hasTraffic) traffic.stop();
  const close = async () => {
    traffic.stop();
    await demo.close();
  };
  const clients = createClients();
  const team = new Team(clients);
  const deployment = new Deployment('nightshift');
  const { clock } = demo.sandbox;
  const begun = clock.now();
  const tell = (line: string) => say(Math.round((clock.now() - begun) / 1000), line);
  const until: Stage['until'] = async (what, seconds, look) => {
    const deadline = clock.now() + seconds * 1000;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (clock.now() > deadline)
        throw new Error(`${what} did not come within ${seconds} s of the sandbox's time.`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
    }
  };
  const followQuietly = (entry: RunbookEntry, arn: string) => {
    onRun();
    return deployment.follow(arn, (events) => onEvents(entry, events));
  };
  const recordOf = (record: RunRecord | undefined, id: string | undefined): RunRecord => {
    if (record === undefined) throw new Error(`The run ${id} left no record.`);
    tell(`the run has ended: ${record.outcome}`);
    return record;
  };
  const begin: Stage['begin'] = async (runbook, input) => {
    const { arn } = await deployment.start(await deployment.runbook(runbook), JSON.stringify(input));
    const { trigger } = input as { trigger?: Partial<Trigger> };
    tell(
      `${runbook} is started by ${trigger?.kind === 'schedule' ? 'its schedule' : 'hand'}: ${arn.split(':').at(-1)}`,
    );
    return arn;
  };
  const follow: Stage['follow'] = async (runbook, arn) =>
    recordOf(await followQuietly(await deployment.runbook(runbook), arn), arn.split(':').at(-1));
  const run: Stage['run'] = async (runbook, input) => follow(runbook, await begin(runbook, input));
  const approve: Stage['approve'] = async (arn) => {
    const record = await until('the question for approval', PATIENCE_SECONDS, async () => {
      const found = await deployment.record(arn);
      // What it says of its end is written a moment after that it has ended.
      if (found?.outcome !== undefined)
        throw new Error(
          `The run ended before it asked for approval: ${found.error?.message ?? found.outcome}`,
        );
      // The token is stored before the record says so.
      return found?.approval !== undefined && found;
    });
    await deployment.answerApproval(record, { decision: 'approved', by: 'rehearsal' });
    tell(`a person reads the plan and approves it: ${record.plan?.summary}`);
    return record;
  };
  const followRun: Stage['followRun'] = async (earlier, runbook = 'roll-back-service') => {
    const entry = await deployment.runbook(runbook);
    const runs = await until('a run', PATIENCE_SECONDS, async () => {
      const all = await deployment.runsOf(entry);
      return all.length > earlier && all;
    });
    const { arn, id } = runs.at(-1 - earlier) as (typeof runs)[number];
    tell(`${entry.name} starts by itself: ${id}`);
    let record = await followQuietly(entry, arn);
    // Two runs for one incident begin in the same moment, and either may be the one that takes the lock.
    const leader = record?.opening?.joinedRun;
    if (leader !== undefined) {
      tell(`it has joined ${leader}, which answers this incident already`);
      record = await followQuietly(entry, (await deployment.find(leader)).arn);
    }
    return recordOf(record, id);
  };
  const releaseGood = async () => {
    const good = await team.release({ tag: GOOD_TAG });
    await until('the good release to be recorded as good', 900, async () => (await team.recordings()) > 0);
    tell(`${good} was released and has run healthy for its bake time: it is recorded as good`);
    return good;
  };
  const serve = async () => {
    const running = await team.running();
    await until('the first answers', 600, async () =>
      hasTraffic ? traffic.total.requests > traffic.total.errors : team.isSettled(running),
    );
    tell(`${running} runs and serves its clients`);
    return running;
  };
  try {
    const good = needsGoodRelease ? await releaseGood() : await serve();
    traffic.take();
    const stage: Stage = {
      team,
      database: new TeamDatabase(clients),
      secrets: new TeamSecrets(clients),
      clients,
      deployment,
      traffic,
      baseUrl: demo.baseUrl,
      clock,
      good,
      tell,
      until,
      followRun,
      begin,
      follow,
      run,
      approve,
    };
    return { stage, sandbox: demo.sandbox, close };
  } catch (error) {
    await close();
    throw error;
  }
}
