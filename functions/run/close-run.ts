import * as z from 'zod/mini';
import { ErrorName } from '../../schemas/names.ts';
import type { Evidence as Proof, RunRecord } from '../../schemas/run.ts';
import { redact } from '../step/redact.ts';
import { type StepTools, step } from '../step.ts';
import { readActions } from './action-record.ts';
import { audit } from './audit-log.ts';
import { decideOutcome, type Evidence } from './decide-outcome.ts';
import { finishRun } from './finish-run.ts';
import { releaseLocks } from './lock.ts';
import { outcomeSentence } from './outcome-sentence.ts';
import { claimClosing, createRecord, readRecord, updateRecord } from './run-record.ts';
import { whatNext } from './what-next.ts';

const Input = z.object({
  execution: z.object({ id: z.string(), arn: z.string(), startedAt: z.string() }),
  runbook: z.string(),
  state: z.unknown(),
});
type Input = z.infer<typeof Input>;
const Output = z.object({ outcome: z.string(), error: z.string(), cause: z.string() });
type Output = z.infer<typeof Output>;

/** What an error that passes says while it is being tried again, and what it means when it is the last word. */
const TRIED_AGAIN = 'It is tried again';
const TRIED_IN_VAIN = 'It was tried again in vain';

/** Ends every run: decides the outcome, gives the lock back, writes the report, tells people. */
export const handler = step({ name: 'close-run', phase: 'close', input: Input, output: Output, run: close });

interface LooseState {
  readonly opening?: { readonly decision?: string; readonly joinedRun?: string };
  readonly failure?: { readonly Error?: string; readonly Cause?: string };
  readonly undoFailure?: { readonly Error?: string; readonly Cause?: string };
  readonly afterwardsFailure?: { readonly Error?: string; readonly Cause?: string };
  readonly undone?: unknown;
  readonly started?: { readonly runs?: ReadonlyArray<{ readonly runId?: string }> };
}

async function close({ execution, runbook, state }: Input, tools: StepTools): Promise<Output> {
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
  const evidence = evidenceOf(state, record);
  const checks = [...evidence.checks];
  const decided = decideOutcome(evidence);
  // What was begun is neither finished nor taken back.
  const decision = evidence.undoFailure
    ? { ...decided, cause: `${decided.cause} ${whatNext(record.target, await readActions(execution.id))}` }
    : decided;
  const output = { outcome: decision.outcome, error: decision.error, cause: decision.cause };
  const closedAt = new Date().toISOString();
  // Run twice, it reports once; but a first attempt that died before its report is made good.
  if (!(await claimClosing(execution.id, closedAt)) && (await readRecord(execution.id))?.report !== undefined)
    return output;
  const joined = await releaseLocks(record);
  await audit(execution.id, tools, 'outcome', outcomeSentence(decision, evidence, record), {
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
  await finishRun({ ...record, ...members }, decision, Number(looseState(state).transitions ?? 0));
  return output;
}

/** The state can be anything: the run may have failed before its input was understood. */
const looseState = (state: unknown) =>
  (typeof state === 'object' && state !== null ? state : {}) as LooseState & Record<string, unknown>;

/** What the end of a run is decided from: the state as it is at the end, and the run's record. */
export function evidenceOf(
  state: unknown,
  record: Pick<RunRecord, 'run' | 'phase' | 'acted' | 'plan' | 'approval'>,
): Evidence {
  const loose = looseState(state);
  const failure = lapseOr(readFailure(loose.failure), record);
  const undoFailure = readFailure(loose.undoFailure);
  const afterwardsFailure = readFailure(loose.afterwardsFailure);
  const proofs = collectProofs(loose);
  const checks = proofs.flatMap((proof) => proof.checks ?? []);
  return {
    joined: loose.opening?.decision === 'joined',
    dryRun: record.run.dryRun,
    acted: record.acted,
    hasPlan: record.plan !== undefined,
    undone: loose.undone !== undefined,
    ...(startedAny(loose.started?.runs) ? { startedOthers: true } : {}),
    verified: checks.length > 0 && proofs.every(({ passed }) => passed === true),
    checks,
    ...(failure ? { failure } : {}),
    ...(undoFailure ? { undoFailure } : {}),
    ...(afterwardsFailure ? { afterwardsFailure } : {}),
  };
}

/** Step Functions gives a function's error as JSON in `Cause`. */
export function readFailure(failure: LooseState['failure']): { name: string; message: string } | undefined {
  if (failure === undefined) return undefined;
  const name = failure.Error ?? 'Error';
  try {
    const { errorMessage } = JSON.parse(failure.Cause ?? '') as { errorMessage?: unknown };
    if (typeof errorMessage === 'string')
      return { name, message: redact(errorMessage).replaceAll(TRIED_AGAIN, TRIED_IN_VAIN) };
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

const startedAny = (runs: unknown) =>
  Array.isArray(runs) && runs.some((one: { runId?: unknown } | null) => one?.runId !== undefined);

/** Verify steps leave `{ passed, checks }` under keys of their own, such as `verifiedProbeHealth`. */
function collectProofs(state: Record<string, unknown>): Partial<Proof>[] {
  return Object.entries(state)
    .filter(([key]) => key.startsWith('verified'))
    .map(([, value]) => (value ?? {}) as Partial<Proof>);
}
