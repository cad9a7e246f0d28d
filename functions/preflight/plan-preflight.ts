import * as z from 'zod/mini';
import { Plan, Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { short } from '../ecs/steadiness.ts';
import { canonicalJson, sha256 } from '../run/audit-chain.ts';
import { audit } from '../run/audit-log.ts';
import { updateRecord } from '../run/run-record.ts';
import { type StepTools, step } from '../step.ts';
import { Release } from './state.ts';

const Input = z.object({ run: Run, target: ServiceTarget, release: Release });
type Input = z.infer<typeof Input>;

/** Writes down what will be checked of a release. */
export const handler = step({
  name: 'plan-preflight',
  phase: 'plan',
  input: Input,
  output: Plan,
  run: plan,
});

async function plan({ run, target, release }: Input, tools: StepTools): Promise<Plan> {
  const checks = checksOf(target, release);
  const made: Plan = {
    runbook: run.runbook,
    target: `service/${target.name}`,
    summary: `Checks ${short(release.taskDefinition)} before it is released to ${target.name}: ${checks.join(', ')}. It reads only.`,
    observed: { taskDefinition: release.taskDefinition, running: release.running, checks },
    changes: [],
    actions: [],
    warnings: warningsOf(release),
    hash: sha256(canonicalJson({ target, release })),
  };
  await updateRecord(run.id, { plan: made, phase: 'plan' });
  await audit(run.id, tools, 'decision', `Plan: ${checks.length} kinds of checks.`, { checks });
  return made;
}

function checksOf(
  { database, caches = [] }: ServiceTarget,
  { containers, container, supportedMigrations }: Release,
): string[] {
  const secrets = containers.flatMap((one) => one.secrets).length;
  return [
    'whether it is active',
    `the environment of the container ${container}`,
    ...(secrets === 0 ? [] : [`${secrets} values from secrets`]),
    `${containers.length} image${containers.length === 1 ? '' : 's'}`,
    ...(database === undefined ? [] : [`the login to the database ${database.name}`]),
    ...(database === undefined || database.migrations === 'none' || supportedMigrations === null
      ? []
      : ['its migration head']),
    ...caches.map(({ name }) => `whether the cache ${name} is there`),
  ];
}

/** What whoever reads the result must know. */
export function warningsOf({ family, running }: Pick<Release, 'family' | 'running'>): string[] {
  const other = short(running).split(':')[0];
  return other === family
    ? []
    : [`The service runs a task definition of another family (${other}): is ${family} meant for it?`];
}
