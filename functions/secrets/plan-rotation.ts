import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { SecretsTarget, SecretTarget } from '../../schemas/secret.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { decideRotation } from './decide-rotation.ts';
import { keeperOf } from './keeper-of.ts';
import { rotationActions, rotationChanges } from './rotation-actions.ts';
import { rotationSummary, rotationWords } from './rotation-words.ts';
import { SecretsSituation } from './state.ts';

const Input = z.object({
  run: Run,
  target: z.union([SecretTarget, SecretsTarget]),
  secrets: SecretsSituation,
  /** The values are taken for known to others: no overlap, no way back. */
  compromised: z._default(z.boolean(), false),
});
type Input = z.infer<typeof Input>;

/** Writes down which secrets are rotated in which order, who is deployed anew for it, and what becomes of the old values. */
export const handler = step({ name: 'plan-rotation', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan(
  { run, target, secrets: { secrets }, compromised }: Input,
  tools: StepTools,
): Promise<Plan> {
  const now = new Date();
  const { warnings, ...decision } = decideRotation({
    run: run.id,
    secrets,
    unfinished: run.request?.unfinished,
    compromised,
    reason: run.override,
    keeperOf,
    now,
  });
  const whole = { ...decision, warnings };
  const actions = rotationActions(whole);
  const changes = rotationChanges(whole);
  const words = rotationWords(whole);
  // What is only estimated may change until somebody approves: it is not what the approval is for.
  const bound = actions.map(({ expectedSeconds: _seconds, costUsd: _cost, ...rest }) => rest);
  const made: Plan = {
    runbook: run.runbook,
    target: `${target.kind}/${target.name}`,
    summary: rotationSummary(whole, secrets, now),
    ...(words === undefined ? {} : { words }),
    observed: { ...decision, found: secrets.map(foundOf) },
    changes,
    actions,
    warnings: [...warnings],
    hash: sha256(
      canonicalJson(JSON.parse(JSON.stringify({ actions: bound, changes, secrets: decision.secrets }))),
    ),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${made.summary}`, {
    hash: made.hash,
    warnings: made.warnings,
  });
  return made;
}

/** For whoever reads the plan: when it was rotated last, when it is due, and what its keeper says. */
function foundOf({
  target,
  lastRotatedAt,
  record,
  inspection,
  current,
  previous,
}: SecretsSituation['secrets'][number]) {
  return {
    name: target.name,
    current,
    previous,
    lastRotatedAt,
    nextDueAt: record?.nextDueAt ?? null,
    facts: inspection.facts,
  };
}
