import type { RunRecord } from '../../schemas/run.ts';

/** A run as `--json` prints it. */
export interface RunObject {
  readonly runbook: string;
  readonly run: string;
  readonly target: string;
  readonly outcome: string;
  readonly plan: RunRecord['plan'] | null;
  readonly checks: RunRecord['checks'];
  readonly error: RunRecord['error'] | null;
}

export function runObject(record: RunRecord): RunObject {
  return {
    runbook: record.run.runbook,
    run: record.run.id,
    target: record.target,
    outcome: record.outcome ?? 'running',
    plan: record.plan ?? null,
    checks: record.checks,
    error: record.error ?? null,
  };
}
