import * as z from 'zod/mini';
import { ErrorName } from '../../schemas/names.ts';
import type { Check, RunRecord } from '../../schemas/run.ts';
import { redact } from '../step/redact.ts';
import { type StepTools, step } from '../step.ts';
import { audit } from './audit-log.ts';
import { type Decision, decideOutcome } from './decide-outcome.ts';
import { finishRun } from './finish-run.ts';
import { releaseLock } from './lock.ts';
import { claimClosing, createRecord, readRecord, updateRecord } from './run-record.ts';

const Input = z.object({
  execution: z.object({ id: z.string(), arn: z.string(), startedAt: z.string() }),
  runbook: z.string(),
  state: z.unknown(),
});
type Input = z.infer<typeof Input>;
const Output = z.object({ outcome: z.string(), error: z.string(), cause: z.string() });
type Output = z.infer<typeof Output>;

/** Ends every run: decides the outcome, gives the lock back, writes the report, tells people. */
export const handler = step({ name: 'close-run', phase: 'close', input: Input, output: Output, run: close });

interface LooseState {
  readonly opening?: { readonly decision?: string; readonly joinedRun?: string };
  readonly failure?: { readonly Error?: string; readonly Cause?: string };
  readonly undone?: unknown;
}

async function close({ execution, runbook, state }: Input, tools: StepTools): Promise<Output> {
  // The state can be anything: the run may have failed before its input was understood.
  const loose = (typeof state === 'object' && state !== null ? state : {}) as LooseState &
    Record<string, unknown>;
  const fallback: RunRecord = {
    run: { ...execution, runbook, dryRun: false, trigger: { kind: 'person' } },
    target: 'unknown',
    phase: 'open',
    acted: false,
    checks: [],
    joined: 0,
  };
  await createRecord(fallback);
  const record = (await readRecord(execution.id)) ?? fallback;
  const failure = lapseOr(readFailure(loose.failure), record);
  const checks = collectChecks(loose);
  const decision = decideOutcome({
    joined: loose.opening?.decision === 'joined',
    dryRun: record.run.dryRun,
    acted: record.acted,
    hasPlan: record.plan !== undefined,
    undone: loose.undone !== undefined,
    verified: checks.length > 0,
    checks,
    ...(failure ? { failure } : {}),
  });
  const output = { outcome: decision.outcome, error: decision.error, cause: decision.cause };
  const closedAt = new Date().toISOString();
  // Run twice, it reports once; but a first attempt that died before its report is made good.
  if (!(await claimClosing(execution.id, closedAt)) && (await readRecord(execution.id))?.report !== undefined)
    return output;
  const joined = await releaseLock(record.target, execution.id);
  await audit(execution.id, tools, 'outcome', outcomeSentence(decision), {
    outcome: decision.outcome,
    joined,
  });
  const members: Partial<RunRecord> = {
    phase: 'close',
    outcome: decision.outcome,
    checks,
    joined,
    closedAt,
    ...(decision.error ? { error: { name: decision.error, message: decision.cause } } : {}),
  };
  await updateRecord(execution.id, members);
  await finishRun({ ...record, ...members }, decision, Number(loose.transitions ?? 0));
  return output;
}

const outcomeSentence = ({ outcome, cause }: Decision) =>
  `${outcome[0]?.toUpperCase()}${outcome.slice(1)}: ${cause}`;

/** Step Functions gives a function's error as JSON in `Cause`. */
export function readFailure(failure: LooseState['failure']): { name: string; message: string } | undefined {
  if (failure === undefined) return undefined;
  const name = failure.Error ?? 'Error';
  try {
    const { errorMessage } = JSON.parse(failure.Cause ?? '') as { errorMessage?: unknown };
    if (typeof errorMessage === 'string') return { name, message: redact(errorMessage) };
  } catch {
    // A plain text.
  }
  return { name, message: redact(failure.Cause || `${name} (Step Functions gives no further cause)`) };
}

/** A wait for approval that ran out of time is a refusal: nobody said yes. */
export function lapseOr(
  failure: { name: string; message: string } | undefined,
  record: Pick<RunRecord, 'phase' | 'acted' | 'approval'>,
): { name: string; message: string } | undefined {
  if (failure?.name !== 'States.Timeout' || record.phase !== 'approve' || record.acted) return failure;
  return {
    name: ErrorName.Refused,
    message: `Nobody approved the plan until ${record.approval?.expiresAt ?? 'it expired'}, so it has lapsed. Nothing was changed. If it is still needed, start the runbook again.`,
  };
}

/** Verify steps leave `{ passed, checks }` under keys of their own, such as `verifiedProbeHealth`. */
function collectChecks(state: Record<string, unknown>): Check[] {
  return Object.entries(state)
    .filter(([key]) => key.startsWith('verified'))
    .flatMap(([, value]) => (value as { checks?: Check[] }).checks ?? []);
}
