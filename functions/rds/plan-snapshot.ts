import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { environment } from '../environment.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { decideSnapshot } from './decide-snapshot.ts';
import { listManualSnapshots } from './list-snapshots.ts';
import { Situation } from './state.ts';

const Input = z.object({ run: Run, target: DatabaseTarget, situation: Situation });
type Input = z.infer<typeof Input>;

/** Writes down which snapshot would be taken, and which old ones would go. */
export const handler = step({ name: 'plan-snapshot', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan({ run, target, situation }: Input, tools: StepTools): Promise<Plan> {
  const decision = decideSnapshot(
    run,
    target,
    situation,
    await listManualSnapshots(),
    environment('deployment'),
  );
  const { instance, identifier } = decision;
  const due = decision.due.map(({ snapshot }) => snapshot.identifier);
  const made: Plan = {
    runbook: run.runbook,
    target: `database/${target.name}`,
    summary: decision.summary,
    words: {
      verified: `A snapshot of ${target.name} was taken, and proved`,
      next: 'Nothing.',
      changes: '',
      routine: true,
    },
    observed: {
      instance: instance.identifier,
      resourceId: instance.resourceId,
      status: instance.status,
      encrypted: instance.encrypted,
      snapshot: identifier,
      goodSnapshots: decision.good,
      manualSnapshots: decision.manual,
      due,
      dueLater: decision.dueLater,
      // What await-idle-instance reads.
      idle: { identifier: instance.identifier, resourceId: instance.resourceId, since: run.startedAt },
    },
    changes: [],
    actions: [...decision.actions],
    warnings: [...decision.warnings],
    // What the instance is doing just now, and how many snapshots others have, may change while somebody thinks about it.
    hash: sha256(
      canonicalJson({
        identifier,
        arn: instance.arn,
        resourceId: instance.resourceId,
        encrypted: instance.encrypted,
        kmsKeyId: instance.kmsKeyId,
        due,
      }),
    ),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: take the snapshot ${identifier}, delete ${due.length}.`, {
    hash: made.hash,
    due: decision.actions[1]?.parameters.snapshots ?? [],
    dueLater: decision.dueLater,
    warnings: made.warnings,
  });
  return made;
}
