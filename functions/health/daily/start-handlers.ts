import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { Judged, Started, type StartedRun, type WantedRun } from '../../../schemas/daily-health.ts';
import { Run } from '../../../schemas/run.ts';
import { FleetTarget } from '../../../schemas/target.ts';
import { client } from '../../clients.ts';
import { RunbookError } from '../../errors.ts';
import { audit } from '../../run/audit-log.ts';
import { readRunbook, switchIsOn } from '../../run/directory.ts';
import { isTransient } from '../../step/map-error.ts';
import { type StepTools, step } from '../../step.ts';
import { runName } from './run-name.ts';
import { shorten } from './shorten.ts';

const Input = z.object({ run: Run, target: FleetTarget, judged: Judged });
type Input = z.infer<typeof Input>;

const LONGEST_WHY = 160;
const stepFunctions = client(SFNClient);

/** Starts the runbooks that handle what is broken, as runs of their own with guards of their own. Where one cannot be started, the others are. */
export const handler = step({
  name: 'start-handlers',
  phase: 'verify',
  input: Input,
  output: Started,
  run: start,
});

async function start({ run, target, judged }: Input, tools: StepTools): Promise<Started> {
  const { wanted, wantedInAll } = judged;
  if (wanted.length === 0) return { runs: [] };
  const none = await whyNone(run, wantedInAll, target.startsAtMost);
  if (none !== undefined) {
    await audit(run.id, tools, 'decision', `No runbook is started: ${none}.`, { wanted: wantedInAll });
    return { runs: wanted.map((one) => ({ ...one, whyNot: none })) };
  }
  const runs: StartedRun[] = [];
  for (const one of wanted) {
    const became = await startOne(run.id, one);
    runs.push({ ...one, ...became });
    const what = `${one.runbook} for ${one.kind}/${one.name}`;
    await audit(
      run.id,
      tools,
      'decision',
      'runId' in became
        ? `Started ${what}: run ${became.runId}.`
        : `Did not start ${what}: ${became.whyNot}.`,
      { ...one, ...became },
    );
  }
  return { runs };
}

/** Why nothing at all is started, or undefined. */
async function whyNone({ dryRun }: Run, wanted: number, atMost: number): Promise<string | undefined> {
  if (dryRun) return 'this is a dry run';
  if (wanted > atMost)
    return atMost === 0
      ? 'the configuration lets the daily check start none'
      : `${wanted} are wanted at once, more than ${atMost}, so what is wrong may be something that they have in common`;
  return (await switchIsOn()) ? undefined : 'the switch is off';
}

async function startOne(by: string, wanted: WantedRun): Promise<{ runId: string } | { whyNot: string }> {
  const { runbook, kind, name } = wanted;
  const runId = runName(by, wanted);
  try {
    const { stateMachineArn, targetKind } = await readRunbook(runbook);
    if (targetKind !== kind) return { whyNot: `${runbook} is for a ${targetKind}, and ${name} is a ${kind}` };
    await stepFunctions().send(
      new StartExecutionCommand({
        stateMachineArn,
        name: runId,
        input: JSON.stringify({ [kind]: name, trigger: { kind: 'runbook', by } }),
      }),
    );
    return { runId };
  } catch (error) {
    // An earlier attempt of this step has started it.
    if ((error as Error).name === 'ExecutionAlreadyExists') return { runId };
    return { whyNot: shorten(whyNotStarted(error as Error), LONGEST_WHY) };
  }
}

function whyNotStarted(error: Error): string {
  if (error instanceof RunbookError) return error.message.replace(/\.$/, '');
  if (isTransient(error)) return `AWS did not answer just now (${error.name})`;
  return `${error.name}: ${error.message}`;
}
