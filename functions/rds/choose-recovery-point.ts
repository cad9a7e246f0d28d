import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { PreconditionFailed } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { decideRecoveryPoint, type RecoveryQuestion } from './decide-recovery-point.ts';
import { findRestorableSnapshot, listRestorableSnapshots } from './restorable-snapshots.ts';
import { RecoveryPoint, Situation } from './state.ts';

const Input = z.object({
  run: Run,
  target: DatabaseTarget,
  situation: Situation,
  /** The run may have another remedy: that there is nothing to go back to is an answer, unless a snapshot was asked for. */
  optional: z.optional(z.boolean()),
});
type Input = z.infer<typeof Input>;

/** Chooses what a restore goes back to: the newest good snapshot, unless something else was asked for. */
export const handler = step({
  name: 'choose-recovery-point',
  phase: 'plan',
  input: Input,
  output: RecoveryPoint,
  run: choose,
});

async function choose(
  { run, target, situation, optional = false }: Input,
  tools: StepTools,
): Promise<RecoveryPoint> {
  const { request = {} } = run;
  const question = {
    deployment: environment('deployment'),
    database: target.name,
    situation,
    request,
    snapshots: await listRestorableSnapshots(),
    named: request.snapshot === undefined ? undefined : await findRestorableSnapshot(request.snapshot),
  };
  const point =
    optional && request.snapshot === undefined ? pointOrNone(question) : decideRecoveryPoint(question);
  const what = {
    snapshot: `Goes back to ${point.snapshot}, data of ${point.at}`,
    time: `Goes back to ${point.at}`,
    none:
      situation.unfinishedSwap === null
        ? 'There is nothing to go back to'
        : 'Restores nothing new: a swap is to be ended',
  }[point.kind];
  await audit(run.id, tools, 'decision', `${what}.`, {
    snapshot: point.snapshotArn,
    manifest: point.manifest,
    warnings: point.warnings,
  });
  return point;
}

function pointOrNone(question: RecoveryQuestion): RecoveryPoint {
  try {
    return decideRecoveryPoint(question);
  } catch (error) {
    if (!(error instanceof PreconditionFailed)) throw error;
    const why = error.message.split('. ')[0] ?? '';
    return { kind: 'none', snapshot: null, snapshotArn: null, at: '', manifest: null, warnings: [`${why}.`] };
  }
}
