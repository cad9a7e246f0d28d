import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import type { PreflightEntry } from '../../schemas/preflight/entry.ts';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { describeService, primaryOf } from '../ecs/describe-service.ts';
import { type DescribedRelease, describeRelease, supportedMigrations } from '../ecs/release.ts';
import { short } from '../ecs/steadiness.ts';
import { InvalidInput, PreconditionFailed } from '../errors.ts';
import { audit } from '../run/audit-log.ts';
import { readPreflight } from '../run/directory.ts';
import { type StepTools, step } from '../step.ts';
import { chooseContainer } from './choose-container.ts';
import { parseReference } from './secret-reference.ts';
import { Release, type ReleaseContainer } from './state.ts';
import { secretsOf } from './wanted-secrets.ts';

const Input = z.object({ run: Run, target: ServiceTarget });
type Input = z.infer<typeof Input>;

/** What stands in the state for a reference that is none: somebody may have put the value itself there. */
const NO_REFERENCE = '(not a reference)';

/** Looks at the task definition that is about to be released. Names and references leave this step, values do not. */
export const handler = step({
  name: 'inspect-release',
  phase: 'plan',
  input: Input,
  output: Release,
  run: inspect,
});

async function inspect({ run, target }: Input, tools: StepTools): Promise<Release> {
  const service = await describeService(target);
  const running = primaryOf(service)?.taskDefinition ?? service.taskDefinition ?? '';
  const described = await find(run.request?.revision, running);
  const release = releaseOf(described, running, await readPreflight(target.name));
  await audit(
    run.id,
    tools,
    'observation',
    `${short(release.taskDefinition)} is looked at; ${target.name} runs ${short(running)}.`,
    { taskDefinition: release.taskDefinition, running },
  );
  return release;
}

/** @throws InvalidInput where nobody has registered what was asked for, PreconditionFailed where there is nothing to release */
async function find(asked: string | undefined, running: string): Promise<DescribedRelease> {
  const family = familyOf(running);
  const described = await describeRelease(asked ?? family);
  if (described?.taskDefinition !== undefined) return described;
  const newest = asked === undefined ? undefined : await describeRelease(family);
  if (asked !== undefined)
    throw new InvalidInput(
      `There is no task definition ${asked}. The newest active one of ${family} is ${short(newest?.taskDefinition?.taskDefinitionArn)}. Nothing was changed.`,
      { revision: asked },
    );
  throw new PreconditionFailed(
    `No revision of the task definition ${family} is active: all have been deregistered. Nothing was changed. Register one, or name the one that is meant: {"revision":"${family}:42"}.`,
    { family },
  );
}

function releaseOf(
  described: DescribedRelease,
  running: string,
  { container, login }: PreflightEntry,
): Release {
  const {
    taskDefinitionArn = '',
    family = '',
    status = '',
    containerDefinitions = [],
  } = described.taskDefinition ?? {};
  return {
    taskDefinition: taskDefinitionArn,
    family,
    status,
    running,
    supportedMigrations: supportedMigrations(described),
    containers: containerDefinitions.map(containerOf),
    container: chooseContainer(containerDefinitions, container, short(taskDefinitionArn)).name ?? '',
    ...(login === undefined ? {} : { login }),
  };
}

function containerOf(definition: ContainerDefinition): ReleaseContainer {
  const { name = '', image = '', essential = true, environment = [], environmentFiles = [] } = definition;
  return {
    name,
    image,
    essential,
    environment: environment.map((variable) => variable.name ?? ''),
    secrets: secretsOf(definition).map((secret) => ({
      name: secret.name,
      valueFrom: parseReference(secret.valueFrom) === undefined ? NO_REFERENCE : secret.valueFrom,
    })),
    environmentFiles: environmentFiles.length,
  };
}

/** `api` of `arn:…:task-definition/api:42`. */
const familyOf = (taskDefinition: string) => short(taskDefinition).split(':')[0] as string;
