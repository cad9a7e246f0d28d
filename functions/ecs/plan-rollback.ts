import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { MigrationHead } from '../postgres/migration-head.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { decideRollback } from './decide-rollback.ts';
import { InspectedService, LastGood } from './state.ts';

const Input = z.object({
  run: Run,
  target: ServiceTarget,
  service: InspectedService,
  lastGood: LastGood,
  migrationHead: MigrationHead,
});
type Input = z.infer<typeof Input>;

/** Writes down exactly what would be done. */
export const handler = step({ name: 'plan-rollback', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan(
  { run, target, service, lastGood, migrationHead }: Input,
  tools: StepTools,
): Promise<Plan> {
  const decision = decideRollback(target, service, lastGood, migrationHead, {
    override: run.override !== undefined,
  });
  const { expectedSeconds: _seconds, costUsd: _cost, ...bound } = decision.action;
  const made: Plan = {
    runbook: run.runbook,
    target: `service/${target.name}`,
    summary: decision.summary,
    words: {
      verified: `service/${target.name} was bad and is healthy again`,
      next: 'Nothing tonight. The bad release is still registered: fix it before it goes out again.',
      changes: 'What differs between the release that ran and the one it went back to:',
    },
    observed: {
      running: service.taskDefinition,
      since: service.since,
      rolloutState: service.rolloutState,
      lastGood: lastGood.taskDefinition,
      basis: lastGood.basis,
      migrationHeads: migrationHead.known ? migrationHead.heads : null,
    },
    changes: [...decision.changes],
    actions: [decision.action],
    warnings: [...decision.warnings],
    hash: sha256(
      canonicalJson({
        action: bound,
        running: service.taskDefinition,
        changes: decision.changes,
        migrationHead,
      }),
    ),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${decision.action.title}.`, {
    hash: made.hash,
    action: decision.action.call,
    warnings: made.warnings,
  });
  return made;
}
