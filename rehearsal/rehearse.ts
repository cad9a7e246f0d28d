import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from '../bin/command/aws.ts';
import { progressOf } from '../bin/command/progress.ts';
import { type RunObject, runObject } from '../bin/command/run-object.ts';
import type { Terminal } from '../bin/command/terminal.ts';
import { parseFault } from '../sandbox/faults/faults.ts';
import type { RunRecord } from '../schemas/run.ts';
import { createClients } from './clients.ts';
import { GOOD_TAG } from './images.ts';
import type { Scenario, Stage } from './stage.ts';
import { type Demo, startDemo } from './start-demo.ts';
import { Team } from './team.ts';
import { startTraffic } from './traffic.ts';

/** Sandbox seconds per second: an incident of a quarter of an hour is over in half a minute. */
export const DEFAULT_SPEED = 25;
/** Longest that a run may take to begin or to end before the rehearsal gives up, in sandbox seconds. */
const PATIENCE_SECONDS = 3600;
/** Enough for every minute to have the twenty requests that a ratio needs, in sandbox seconds per request. */
const SANDBOX_SECONDS_PER_REQUEST = 1.25;
const TRAFFIC_LIMIT_SECONDS = 600;
const LOOK_MILLISECONDS = 100;

export interface RehearsalSummary {
  readonly scenario: string;
  readonly outcome: string;
  readonly runs: readonly RunObject[];
  /** Sandbox seconds from the first sign (the alarm, or the event) to the last check that passed; null if not verified. */
  readonly secondsToVerified: number | null;
  readonly reports: readonly string[];
}

/** Plays a scenario in a sandbox of its own and says whether it ended as stated. */
export async function rehearse(
  scenario: Scenario,
  options: { terminal: Terminal; quiet: boolean; faults: readonly string[]; out: string; speed?: number },
): Promise<{ summary: RehearsalSummary; asStated: boolean }> {
  const { terminal, quiet } = options;
  const say = (line: string) => {
    if (!quiet) terminal.line(line);
  };
  const faults = options.faults.map(parseFault);
  const speed = options.speed ?? DEFAULT_SPEED;
  say(`${terminal.style(`Rehearsal: ${scenario.name}`, 'bold')}  ${scenario.summary}`);
  say(
    terminal.style(
      `A service, its load balancer and its PostgreSQL come up on this machine; its time runs ${speed} times as fast.`,
      'dim',
    ),
  );
  const demo = await startDemo({
    speed,
    onLog: (line) => process.env.DEBUG && process.stderr.write(`${line}\n`),
  });
  const traffic = startTraffic(demo.baseUrl, {
    perSecond: speed / SANDBOX_SECONDS_PER_REQUEST,
    atMostSeconds: TRAFFIC_LIMIT_SECONDS,
  });
  try {
    const stage = createStage(demo, { traffic, say, showProgress: !quiet, terminal });
    const good = await stage.team.release({ tag: GOOD_TAG });
    await stage.until(
      'the good release to be recorded as good',
      900,
      async () => (await stage.team.recordings()) > 0,
    );
    stage.tell(`${good} was released and has run healthy for its bake time: it is recorded as good`);
    stage.traffic.take();
    for (const fault of faults) demo.sandbox.addFault(fault);
    const runs = await scenario.play({ ...stage, good });
    const problems = (await scenario.verify({ ...stage, good }, runs)).filter(
      (problem) => problem !== undefined,
    );
    const outcome = runs[0]?.outcome ?? 'failed';
    if (outcome !== scenario.outcome)
      problems.unshift(
        `outcome: expected ${scenario.outcome}, found ${outcome}${runs[0]?.error ? ` (${runs[0].error.message})` : ''}`,
      );
    const reports = await saveReports(stage.deployment, scenario, runs, options.out);
    if (!quiet) tellEnd(terminal, runs, reports, problems);
    for (const problem of quiet ? problems : []) process.stderr.write(`${problem}\n`);
    return {
      summary: {
        scenario: scenario.name,
        outcome: outcome === 'joined' ? 'failed' : outcome,
        runs: runs.map(runObject),
        secondsToVerified: secondsToVerified(runs[0]),
        reports,
      },
      asStated: problems.length === 0,
    };
  } finally {
    traffic.stop();
    await demo.close();
  }
}

function createStage(
  demo: Demo,
  options: {
    traffic: Stage['traffic'];
    say: (line: string) => void;
    showProgress: boolean;
    terminal: Terminal;
  },
): Omit<Stage, 'good'> {
  const clients = createClients();
  const team = new Team(clients);
  const deployment = new Deployment('nightshift');
  const { clock } = demo.sandbox;
  const begun = clock.now();
  const tell = (line: string) =>
    options.say(
      `${options.terminal.style(`+${String(Math.round((clock.now() - begun) / 1000)).padStart(4)} s`, 'dim')}  ${line}`,
    );
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
  return {
    team,
    clients,
    deployment,
    traffic: options.traffic,
    tell,
    until,
    async followRun(earlier) {
      const entry = await deployment.runbook('roll-back-service');
      const runs = await until('a run', PATIENCE_SECONDS, async () => {
        const all = await deployment.runsOf(entry);
        return all.length > earlier && all;
      });
      const { arn, id } = runs.at(-1 - earlier) as (typeof runs)[number];
      tell(`${entry.name} starts by itself: ${id}`);
      options.terminal.newProgress();
      const follow = (run: string) =>
        deployment.follow(run, (events) => {
          if (options.showProgress) options.terminal.progress(progressOf(entry, events, clock.now()));
        });
      let record = await follow(arn);
      // Two runs for one incident begin in the same moment, and either may be the one that takes the lock.
      const leader = record?.opening?.joinedRun;
      if (leader !== undefined) {
        tell(`it has joined ${leader}, which answers this incident already`);
        options.terminal.newProgress();
        record = await follow((await deployment.find(leader)).arn);
      }
      if (record === undefined) throw new Error(`The run ${id} left no record.`);
      tell(`the run has ended: ${record.outcome}`);
      return record;
    },
  };
}

async function saveReports(
  deployment: Deployment,
  scenario: Scenario,
  runs: readonly RunRecord[],
  out: string,
): Promise<string[]> {
  const paths: string[] = [];
  for (const run of runs) {
    const folder = join(out, `${scenario.name}-${run.run.id}`);
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of await deployment.report(run)) {
      writeFileSync(join(folder, name), content);
      if (name === 'report.md') paths.push(join(folder, name));
    }
  }
  return paths;
}

function secondsToVerified(run: RunRecord | undefined): number | null {
  const last = run?.checks.at(-1);
  if (run?.outcome !== 'verified' || last === undefined) return null;
  return Math.round((Date.parse(last.at) - Date.parse(run.run.trigger.at ?? run.run.startedAt)) / 1000);
}

function tellEnd(
  terminal: Terminal,
  runs: readonly RunRecord[],
  reports: readonly string[],
  problems: readonly string[],
): void {
  terminal.line();
  for (const run of runs) terminal.outcome(run);
  const seconds = secondsToVerified(runs[0]);
  if (seconds !== null) terminal.line(`  From the first sign to verified: ${seconds} s.`);
  terminal.line();
  for (const report of reports)
    terminal.line(`The report you would have found in the morning: ${terminal.style(report, 'bold')}`);
  if (problems.length === 0) terminal.line(terminal.style('The rehearsal went as it should.', 'green'));
  else {
    terminal.line(terminal.style('The rehearsal did NOT go as it should:', 'red'));
    for (const problem of problems) terminal.line(`  - ${problem}`);
  }
}
