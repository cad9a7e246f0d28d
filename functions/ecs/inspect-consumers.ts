import * as z from 'zod/mini';
import { Run } from '../../schemas/run.ts';
import { DatabaseTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { type Consumer, controllerOf, readConsumers } from './consumers.ts';
import { primaryOf } from './describe-service.ts';
import { resolvedDigests } from './image-digests.ts';
import { deployed, firstUsable, goodCandidates } from './last-good.ts';
import { type DeclaredRelease, type InspectedConsumer, InspectedConsumers } from './recovery-state.ts';
import {
  type DescribedRelease,
  describeRelease,
  reversibleMigrations,
  supportedMigrations,
  whyUnusable,
} from './release.ts';
import { short } from './steadiness.ts';

const Input = z.object({ run: Run, target: DatabaseTarget });
type Input = z.infer<typeof Input>;

/** A migration that went wrong came with one of the latest releases; older ones are not looked at. */
const MOST_RELEASES = 5;

/** Looks at every service that uses the database: what it runs, what was good last, and which migrations they are for. */
export const handler = step({
  name: 'inspect-consumers',
  phase: 'plan',
  input: Input,
  output: InspectedConsumers,
  run: inspect,
});

async function inspect({ run, target }: Input, tools: StepTools): Promise<InspectedConsumer[]> {
  const inspected: InspectedConsumer[] = [];
  for (const consumer of await readConsumers(target)) {
    const one = await inspectConsumer(
      consumer,
      consumer.target.name === target.restore.migrateDown?.service,
      target.name,
    );
    const { running, lastGood } = one;
    await audit(
      run.id,
      tools,
      'observation',
      `${one.name} runs ${running === null ? 'nothing that ECS tells of' : described(running)}; last known good is ${lastGood === null ? 'none' : described(lastGood)}.`,
      { ...one },
    );
    inspected.push(one);
  }
  return inspected;
}

function described({ taskDefinition, supports }: DeclaredRelease): string {
  return `${short(taskDefinition)} (${supports === null ? 'says nothing of migrations' : `for ${supports.join(', ') || 'no migration'}`})`;
}

/** @throws PreconditionFailed where there is no such service */
async function inspectConsumer(
  { target, service }: Consumer,
  takesBack: boolean,
  database: string,
): Promise<InspectedConsumer> {
  const { name, cluster } = target;
  if (service === undefined)
    throw new PreconditionFailed(
      `ECS has no active service "${target.service}" in the cluster "${cluster}", which is declared as the consumer ${name} of ${database}. Nothing was changed. Is the configuration still right?`,
      { service: name },
    );
  const controller = controllerOf(service);
  const definition = primaryOf(service)?.taskDefinition ?? service.taskDefinition;
  const { basis, candidates, warnings } = await goodCandidates(target, controller);
  const runningIsGood = basis === 'history' && candidates[0]?.revision === definition;
  const digests =
    definition === undefined || controller !== 'ECS' ? {} : await resolvedDigests(target, definition);
  const running = definition === undefined ? null : await declared(definition, digests);
  const usable = runningIsGood ? undefined : await firstUsable(candidates, definition);
  const { candidate, described: good } = usable?.found ?? {};
  const lastGood = runningIsGood
    ? running
    : candidate === undefined
      ? null
      : releaseOf(candidate.revision, good, null);
  return {
    name,
    cluster,
    service: target.service,
    controller,
    running,
    lastGood,
    basis: lastGood === null ? 'none' : basis,
    rejected: usable?.rejected ?? [],
    released:
      takesBack && controller === 'ECS'
        ? await releasedOf(target, [definition, lastGood?.taskDefinition])
        : [],
    // They are said of a service by itself; here there are several.
    warnings: [...(lastGood === null ? [] : warnings), ...(usable?.warnings ?? [])].map(
      (warning) => `${name}: ${warning}`,
    ),
  };
}

/** What else was deployed lately: ECS may have gone back from a release whose migration stayed. */
async function releasedOf(
  target: { readonly cluster: string; readonly service: string },
  known: ReadonlyArray<string | undefined>,
): Promise<DeclaredRelease[]> {
  const digests = new Map(
    (await deployed(target)).map(({ revision, imageDigests }) => [revision, imageDigests]),
  );
  const others = [...digests].filter(([revision]) => !known.includes(revision));
  return Promise.all(others.slice(0, MOST_RELEASES).map(([revision, of]) => declared(revision, of)));
}

async function declared(
  taskDefinition: string,
  digests: Readonly<Record<string, string>>,
): Promise<DeclaredRelease> {
  const release = await describeRelease(taskDefinition);
  return releaseOf(
    taskDefinition,
    release,
    (await whyUnusable(release?.taskDefinition, digests, [])) ?? null,
  );
}

function releaseOf(
  taskDefinition: string,
  release: DescribedRelease | undefined,
  unusable: string | null,
): DeclaredRelease {
  return {
    taskDefinition,
    supports: supportedMigrations(release),
    reversible: reversibleMigrations(release),
    containers: (release?.taskDefinition?.containerDefinitions ?? []).map(({ name = '' }) => name),
    unusable,
  };
}
