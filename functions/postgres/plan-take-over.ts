import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { SecretTarget } from '../../schemas/secret.ts';
import { readDeclared } from '../ecs/consumers.ts';
import { PreconditionFailed } from '../errors.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import type { RotationPlan } from '../secrets/rotation-state.ts';
import { type StepTools, step } from '../step.ts';
import { decideTakeOver } from './roles/decide-take-over.ts';
import { findObstacles } from './roles/find-obstacles.ts';
import { Ownership, type TakeOver } from './roles/ownership.ts';
import { takeOverActions } from './roles/take-over-actions.ts';
import { takeOverSummary, takeOverWarnings } from './roles/take-over-words.ts';

/** So many obstacles are in the message; the audit log has all of them. */
const MOST_OBSTACLES = 8;

const Input = z.object({ run: Run, target: SecretTarget, ownership: Ownership });
type Input = z.infer<typeof Input>;

/** Writes down what a take-over would give to the owner role, or why it cannot be done. */
export const handler = step({ name: 'plan-take-over', phase: 'plan', input: Input, output: Plan, run: plan });

async function plan({ run, target, ownership }: Input, tools: StepTools): Promise<Plan> {
  const obstacles = findObstacles(ownership);
  if (obstacles.length > 0) {
    const more = obstacles.length - MOST_OBSTACLES;
    throw new PreconditionFailed(
      `The database of ${target.name} cannot be taken over as things stand. Nothing was changed. ${obstacles.slice(0, MOST_OBSTACLES).join(' ')}${more > 0 ? ` There are ${more} more obstacles.` : ''}`,
      { obstacles },
    );
  }
  const takeOver = decideTakeOver(ownership);
  const actions = takeOverActions(takeOver, ownership);
  const changes: Plan['changes'] = [
    ...ownership.objects.map(({ user, type, names }) => ({
      what: `owner of ${names.length} × ${type}`,
      kind: 'roles' as const,
      from: user,
      to: ownership.ownerRole,
    })),
    ...takeOver.acts.map((user) => ({
      what: `role of new sessions of ${user}`,
      kind: 'roles' as const,
      from: user,
      to: ownership.ownerRole,
    })),
  ];
  const made: Plan = {
    runbook: run.runbook,
    target: `secret/${target.name}`,
    summary: takeOverSummary(ownership, takeOver, actions.length),
    ...(actions.length === 0
      ? {}
      : {
          words: {
            verified: `What belonged to ${ownership.user.name} belongs to ${ownership.ownerRole}, and ${takeOver.users.join(' and ')} are equal`,
            next: `Start rotate-secret for ${target.name}: ${ownership.secondName} gets its first password then.`,
            changes: 'What belongs to another role',
          },
        }),
    observed: {
      takeOver,
      following: ownership.following,
      ...(await redeployment(target, takeOver)),
    },
    changes,
    actions,
    warnings: actions.length === 0 ? [] : takeOverWarnings(ownership),
    hash: sha256(canonicalJson({ takeOver, actions: actions.map(({ id, title }) => ({ id, title })) })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${made.summary}`, {
    hash: made.hash,
    warnings: made.warnings,
  });
  return made;
}

/** Consumers are deployed anew, so that all of their sessions begin as the owner role; said as a plan of a rotation says it. */
async function redeployment(target: SecretTarget, { acts }: TakeOver): Promise<RotationPlan> {
  const redeploys = acts.length > 0 && target.consumers.length > 0;
  const consumers = redeploys ? await readDeclared(target) : [];
  return {
    rotates: false,
    redeploys,
    proves: false,
    retires: false,
    undoes: false,
    compromised: false,
    secrets: [
      {
        name: target.name,
        arn: target.secretArn,
        kind: 'postgresql-alternating-users',
        does: 'finish',
        why: null,
        wave: 0,
        current: null,
        previous: null,
        token: null,
        leftBehind: null,
        currentSince: null,
        consumers: target.consumers,
        redeploys,
        retires: null,
        overlapSeconds: 0,
        rotateEveryDays: null,
        adoption: null,
      },
    ],
    services: consumers.map(({ target: { name, cluster, service } }) => ({ name, cluster, service })),
  };
}
