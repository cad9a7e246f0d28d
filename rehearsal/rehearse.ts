import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from '../bin/command/aws.ts';
import { progressOf } from '../bin/command/progress.ts';
import { type RunObject, runObject } from '../bin/command/run-object.ts';
import type { Terminal } from '../bin/command/terminal.ts';
import { parseFault } from '../sandbox/faults/faults.ts';
import type { RunRecord } from '../schemas/run.ts';
import { openStage } from './open-stage.ts';
import type { Scenario } from './stage.ts';

/** Sandbox seconds per second of waiting: an incident of some minutes is over in some seconds. */
export const DEFAULT_SPEED = 50;

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
      `A service, its load balancer and its PostgreSQL come up on this machine, where waiting passes ${speed} times as fast.`,
      'dim',
    ),
  );
  const { stage, sandbox, close } = await openStage({
    speed,
    needsGoodRelease: scenario.needsGoodRelease ?? true,
    say: (seconds, line) => say(`${terminal.style(`+${String(seconds).padStart(4)} s`, 'dim')}  ${line}`),
    onRun: () => terminal.newProgress(),
    onEvents: (entry, events) => {
      if (!quiet) terminal.progress(progressOf(entry, events, sandbox.clock.now()));
    },
  });
  try {
    for (const fault of faults) sandbox.addFault(fault);
    const runs = await scenario.play(stage);
    const problems = (await scenario.verify(stage, runs)).filter((problem) => problem !== undefined);
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
    await close();
  }
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
  if (seconds !== null && runs[0]?.acted) terminal.line(`  From the first sign to verified: ${seconds} s.`);
  terminal.line();
  for (const report of reports)
    terminal.line(`The report you would have found in the morning: ${terminal.style(report, 'bold')}`);
  if (problems.length === 0) terminal.line(terminal.style('The rehearsal went as it should.', 'green'));
  else {
    terminal.line(terminal.style('The rehearsal did NOT go as it should:', 'red'));
    for (const problem of problems) terminal.line(`  - ${problem}`);
  }
}
