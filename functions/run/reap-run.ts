import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import type { RunRecord } from '../../schemas/run.ts';
import { client } from '../clients.ts';
import { redact } from '../step/redact.ts';
import { type StepTools, step } from '../step.ts';
import { type ActionRecord, readActions } from './action-record.ts';
import { audit, readAuditLog } from './audit-log.ts';
import type { Decision } from './decide-outcome.ts';
import { finishRun } from './finish-run.ts';
import { releaseLocks } from './lock.ts';
import { claimClosing, readRecord, updateRecord } from './run-record.ts';
import { whatNext } from './what-next.ts';

/** `Step Functions Execution Status Change`: only ids are read from it, for it may come late or twice. */
const Input = z.object({ detail: z.object({ executionArn: z.string(), name: z.string() }) });
type Input = z.infer<typeof Input>;
const Output = z.object({ reaped: z.boolean() });

const stepFunctions = client(SFNClient);

/** Closes a run that could not close itself: stopped by hand, timed out, or failed where no catcher runs. */
export const handler = step({ name: 'reap-run', phase: 'close', input: Input, output: Output, run: reap });

async function reap({ detail }: Input, tools: StepTools): Promise<{ reaped: boolean }> {
  const record = await readRecord(detail.name);
  if (record === undefined || record.report !== undefined) return { reaped: false };
  const execution = await stepFunctions().send(
    new DescribeExecutionCommand({ executionArn: detail.executionArn }),
  );
  const status = execution.status ?? 'FAILED';
  if (status === 'RUNNING' || status === 'SUCCEEDED') return { reaped: false };
  const entries = await readAuditLog(detail.name);
  const actions = await readActions(detail.name);
  const decision = describeDeath(
    record,
    status,
    redact(execution.cause ?? ''),
    entries.at(-1)?.step ?? 'open-run',
    actions,
  );
  const closedAt = new Date().toISOString();
  await claimClosing(detail.name, closedAt);
  await releaseLocks(record);
  await audit(detail.name, tools, 'outcome', decision.cause, { status });
  const members: Partial<RunRecord> = {
    outcome: decision.outcome,
    error: { name: decision.error, message: decision.cause },
    closedAt,
  };
  await updateRecord(detail.name, members);
  await finishRun({ ...record, ...members }, decision, 0);
  return { reaped: true };
}

/** Says where the run was when it ended, and what that means for its target. */
export function describeDeath(
  record: Pick<RunRecord, 'target' | 'acted'>,
  status: string,
  cause: string,
  lastStep: string,
  actions: ReadonlyArray<Pick<ActionRecord, 'step' | 'status' | 'call' | 'result'>>,
): Decision {
  const how = { ABORTED: 'was stopped', TIMED_OUT: 'ran out of time' }[status] ?? 'failed';
  const why = cause === '' ? '' : ` (${cause})`;
  const calls = (wanted: ActionRecord['status']) => [
    ...new Set(actions.filter(({ status }) => status === wanted).map(({ call }) => call)),
  ];
  const done = calls('done');
  const open = calls('intended');
  const changed =
    done.length > 0
      ? `It had already called ${done.join(', ')}; that change stays and was not verified.`
      : open.length > 0
        ? `It had begun ${open.join(', ')}; whether that took effect must be looked at.`
        : `It had changed nothing.`;
  const next = record.acted ? whatNext(record.target, actions) : 'Start it again when you want it done.';
  return {
    outcome: 'failed',
    error: status === 'ABORTED' ? 'Aborted' : status === 'TIMED_OUT' ? 'States.Timeout' : 'NeedsHuman',
    cause: `The run ${how}${why} after ${lastStep}. ${changed} Its lock is free again. ${next}`,
  };
}
