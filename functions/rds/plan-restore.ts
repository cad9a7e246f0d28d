import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { decideRestore } from './decide-restore.ts';
import { expectedRestoreSeconds } from './restore-estimates.ts';
import { restoreWords } from './restore-words.ts';
import { Loss, RecoveryPoint, Situation } from './state.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  situation: Situation,
  recoveryPoint: RecoveryPoint,
  loss: Loss,
});
type Input = z.infer<typeof Input>;

/** Older restores tell little about today's size. Milliseconds. */
const LOOK_BACK_MILLISECONDS = 400 * 86_400_000;
/** So many tables are named in the plan; the sum is of all. */
const MOST_TABLES = 50;

/** Writes down exactly what a restore would do, what would be lost, and what is carried over. */
export const handler = step({ name: 'plan-restore', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan(input: Input, tools: StepTools): Promise<Plan> {
  const { run, target, situation, recoveryPoint, loss } = input;
  const name = `database/${target.name}`;
  const { mode = 'beside', unfinished } = run.request ?? {};
  const decision = decideRestore({
    runId: run.id,
    target,
    situation,
    recoveryPoint,
    loss,
    mode,
    unfinished,
    expected: await expectedRestoreSeconds(name, new Date(Date.now() - LOOK_BACK_MILLISECONDS)),
  });
  const { restores, swaps, undoes, names, changes, warnings } = decision;
  const { kind, snapshot, snapshotArn, at, manifest } = recoveryPoint;
  // What is only measured or estimated may change until somebody approves: it is not what the approval is for.
  const bound = decision.actions.map(({ expectedSeconds: _seconds, costUsd: _cost, ...rest }) => rest);
  const made: Plan = {
    runbook: run.runbook,
    target: name,
    summary: decision.summary,
    words: restoreWords(target.name, target.instance, decision),
    observed: {
      purpose: 'restore',
      mode: swaps ? 'swap' : mode,
      restores,
      swaps,
      undoes,
      names,
      recoveryPoint: { kind, snapshot, snapshotArn, at, manifest },
      loss: {
        seconds: loss.seconds,
        rows: loss.tables?.reduce((sum, { rows }) => sum + rows, 0) ?? null,
        tables: loss.tables?.slice(0, MOST_TABLES) ?? null,
        returning: loss.returning.slice(0, MOST_TABLES),
      },
      began: situation.unfinishedSwap?.run ?? null,
    },
    changes: [...changes],
    actions: [...decision.actions],
    warnings: [...warnings],
    hash: sha256(
      canonicalJson(
        JSON.parse(
          JSON.stringify({
            actions: bound,
            changes,
            names,
            recoveryPoint: { kind, snapshot, snapshotArn, at },
          }),
        ),
      ),
    ),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${decision.actions[0]?.title ?? 'nothing to do'}.`, {
    hash: made.hash,
    restores,
    swaps,
    undoes,
    warnings: made.warnings,
  });
  return made;
}
