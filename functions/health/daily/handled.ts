import type { StartedRun } from '../../../schemas/daily-health.ts';
import { runCommand } from '../../report/run-command.ts';
import type { Problem } from './alike.ts';

/** What became of the runs that were wanted, by target and runbook. */
export interface Handlers {
  of(target: string, runbook: string): StartedRun | undefined;
}

export function handlersAmong(runs: readonly StartedRun[]): Handlers {
  const keyOf = (target: string, runbook: string) => JSON.stringify([target, runbook]);
  const targetOf = ({ kind, name }: StartedRun) => `${kind}/${name}`;
  const known = new Map(runs.map((one) => [keyOf(targetOf(one), one.runbook), one]));
  return { of: (target, runbook) => known.get(keyOf(target, runbook)) };
}

/** What a person types to have a runbook look after a target. */
export const commandFor = (runbook: string, target: string): string => `\`${runCommand(runbook, target)}\``;

/** What handles a problem, for the last column of the report. */
export function handledBy({ finding, targets }: Problem, handlers: Handlers): string {
  const { runbook, verdict, next } = finding;
  const [first = ''] = targets;
  if (runbook === undefined)
    return next ?? (verdict === 'unknown' ? 'find out why' : 'no runbook: look at it');
  const runs = targets.map((target) => handlers.of(target, runbook));
  const started = runs.flatMap((one) => one?.runId ?? []);
  const command = commandFor(runbook, first);
  if (targets.length === 1) {
    if (started.length === 1)
      return [`${runbook}, started: \`nightshift report ${started[0]}\``, ...(next ? [next] : [])].join('. ');
    const whyNot = runs[0]?.whyNot;
    return whyNot === undefined ? command : `${command}; not started: ${whyNot}`;
  }
  const others = targets.length - started.length;
  const example = commandFor(runbook, targets.find((_, index) => runs[index]?.runId === undefined) ?? first);
  if (started.length === 0) return `${example} and so on`;
  return others === 0
    ? `${runbook}, started for each`
    : `${runbook}, started for ${started.length}; for the others ${example} and so on`;
}
