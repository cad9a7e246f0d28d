import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { Deployment } from '../bin/command/aws.ts';
import type { Sandbox } from '../sandbox/contract.ts';
import type { RunbookEntry } from '../schemas/deployment.ts';
import { createClients } from './clients.ts';
import { GOOD_TAG } from './images.ts';
import type { Stage } from './stage.ts';
import { startDemo } from './start-demo.ts';
import { Team } from './team.ts';
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
  /** Told of each turn of the story, with the sandbox seconds since its beginning. */
  readonly say?: (seconds: number, line: string) => void;
  /** Called as a run begins to be followed, and then with its history as it grows. */
  readonly onRun?: () => void;
  readonly onEvents?: (entry: RunbookEntry, events: readonly HistoryEvent[]) => void;
}

/** Starts the demonstration, sends it traffic, and releases what is then recorded as its last known good revision. */
export async function openStage(
  options: StageOptions,
): Promise<{ stage: Stage; sandbox: Sandbox; close(): Promise<void> }> {
  const { speed, say = () => {}, onRun = () => {}, onEvents = () => {} } = options;
  const demo = await startDemo({
    speed,
    onLog: (line) => process.env.DEBUG && process.stderr.write(`${line}\n`),
  });
  const traffic = startTraffic(demo.baseUrl, {
    clock: demo.sandbox.clock,
    everyMilliseconds: MILLISECONDS_PER_REQUEST,
    atMost: REQUESTS_AT_MOST,
  });
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
  const followRun: Stage['followRun'] = async (earlier) => {
    const entry = await deployment.runbook('roll-back-service');
    const runs = await until('a run', PATIENCE_SECONDS, async () => {
      const all = await deployment.runsOf(entry);
      return all.length > earlier && all;
    });
    const follow = (arn: string) => {
      onRun();
      return deployment.follow(arn, (events) => onEvents(entry, events));
    };
    const { arn, id } = runs.at(-1 - earlier) as (typeof runs)[number];
    tell(`${entry.name} starts by itself: ${id}`);
    let record = await follow(arn);
    // Two runs for one incident begin in the same moment, and either may be the one that takes the lock.
    const leader = record?.opening?.joinedRun;
    if (leader !== undefined) {
      tell(`it has joined ${leader}, which answers this incident already`);
      record = await follow((await deployment.find(leader)).arn);
    }
    if (record === undefined) throw new Error(`The run ${id} left no record.`);
    tell(`the run has ended: ${record.outcome}`);
    return record;
  };
  try {
    const good = await team.release({ tag: GOOD_TAG });
    await until('the good release to be recorded as good', 900, async () => (await team.recordings()) > 0);
    tell(`${good} was released and has run healthy for its bake time: it is recorded as good`);
    traffic.take();
    const stage = { team, clients, deployment, traffic, good, tell, until, followRun };
    return { stage, sandbox: demo.sandbox, close };
  } catch (error) {
    await close();
    throw error;
  }
}
