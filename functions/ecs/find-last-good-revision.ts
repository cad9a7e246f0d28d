import {
  DescribeServiceRevisionsCommand,
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandOutput,
  ListServiceDeploymentsCommand,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import * as z from 'zod/mini';
import { SUPPORTED_MIGRATIONS_LABEL, SUPPORTED_MIGRATIONS_TAG } from '../../schemas/names.ts';
import { Run } from '../../schemas/run.ts';
import { ServiceTarget } from '../../schemas/target.ts';
import { audit } from '../run/audit-log.ts';
import { type StepTools, step } from '../step.ts';
import { ecs } from './client.ts';
import { compareRevisions } from './compare-revisions.ts';
import { type GoodRevision, readGoodRevisions } from './good-revisions.ts';
import { digestsOf, resolvedDigests } from './image-digests.ts';
import { imagePresence } from './image-presence.ts';
import { InspectedService, LastGood } from './state.ts';
import { short } from './steadiness.ts';

const Input = z.object({ run: Run, target: ServiceTarget, service: InspectedService });
type Input = z.infer<typeof Input>;

/** Finds the newest revision that is known to be good and can still be deployed. */
export const handler = step({
  name: 'find-last-good-revision',
  phase: 'plan',
  input: Input,
  output: LastGood,
  run: find,
});

async function find({ run, target, service }: Input, tools: StepTools): Promise<LastGood> {
  const history = await readGoodRevisions(`${target.cluster}/${target.service}`);
  const basis = history.length > 0 ? 'history' : 'last-completed-deployment';
  const runningIsGood = history[0]?.revision === service.taskDefinition;
  const candidates =
    history.length > 0 ? history : service.controller === 'ECS' ? await completedDeployments(target) : [];
  const rejected: LastGood['rejected'] = [];
  const warnings =
    basis === 'history'
      ? []
      : [
          'No release of this service has been recorded as good yet; this rests on what ECS reports as the last completed deployment.',
        ];
  const running = await describe(service.taskDefinition);
  const runningDigests = await resolvedDigests(target, service.taskDefinition);
  let found: LastGood = {
    basis: 'none',
    runningIsGood,
    taskDefinition: null,
    goodAt: null,
    changes: [],
    supportedMigrations: null,
    rejected,
    warnings,
  };
  for (const candidate of candidates) {
    if (candidate.revision === service.taskDefinition) continue;
    const described = await describe(candidate.revision);
    const problem = await whyUnusable(described?.taskDefinition, candidate, warnings);
    if (problem !== undefined) {
      rejected.push({ taskDefinition: candidate.revision, why: problem });
      await audit(
        run.id,
        tools,
        'observation',
        `${short(candidate.revision)} was good, but cannot be used: ${problem}.`,
      );
      continue;
    }
    found = {
      ...found,
      basis,
      taskDefinition: candidate.revision,
      goodAt: candidate.goodAt,
      changes: compareRevisions(
        { definition: running?.taskDefinition ?? {}, digests: runningDigests },
        { definition: described?.taskDefinition ?? {}, digests: candidate.imageDigests },
      ),
      supportedMigrations: supportedMigrations(described),
    };
    break;
  }
  const summary =
    found.taskDefinition === null
      ? 'No other revision is known to be good and usable.'
      : `Last known good is ${short(found.taskDefinition)} (${basis === 'history' ? `good since ${found.goodAt?.slice(0, 19)}Z` : 'the last completed deployment'}).`;
  await audit(run.id, tools, 'observation', summary, {
    basis: found.basis,
    taskDefinition: found.taskDefinition,
    changes: found.changes,
  });
  return found;
}

async function describe(taskDefinition: string): Promise<DescribeTaskDefinitionCommandOutput | undefined> {
  try {
    return await ecs().send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
  } catch (error) {
    // A deleted revision cannot be described any more.
    if ((error as Error).name === 'ClientException') return undefined;
    throw error;
  }
}

/** Why a candidate cannot be deployed, or undefined when it can. */
async function whyUnusable(
  definition: TaskDefinition | undefined,
  candidate: GoodRevision,
  warnings: string[],
): Promise<string | undefined> {
  if (definition === undefined) return 'the task definition has been deleted';
  if (definition.status !== 'ACTIVE')
    return `the task definition is ${definition.status}: it has been deregistered`;
  for (const { name = '', image = '' } of definition.containerDefinitions ?? []) {
    const presence = await imagePresence(image, candidate.imageDigests[name]);
    if (presence === 'gone')
      return `the image of ${name} (${image.split('/').at(-1)}) is gone from its repository`;
    if (presence === 'unknown')
      warnings.push(`Whether the image ${image} still exists cannot be looked up: it is not in ECR.`);
  }
  return undefined;
}

/** Before any history exists: what ECS reports as completed, newest first. */
async function completedDeployments(target: ServiceTarget): Promise<GoodRevision[]> {
  const { serviceDeployments = [] } = await ecs().send(
    new ListServiceDeploymentsCommand({
      cluster: target.cluster,
      service: target.service,
      status: ['SUCCESSFUL'],
    }),
  );
  const arns = serviceDeployments
    .map(({ targetServiceRevisionArn }) => targetServiceRevisionArn)
    .filter((arn) => arn !== undefined);
  if (arns.length === 0) return [];
  const { serviceRevisions = [] } = await ecs().send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns.slice(0, 20) }),
  );
  return serviceDeployments.flatMap(({ targetServiceRevisionArn, finishedAt, serviceDeploymentArn }) => {
    const revision = serviceRevisions.find(
      ({ serviceRevisionArn }) => serviceRevisionArn === targetServiceRevisionArn,
    );
    if (revision?.taskDefinition === undefined) return [];
    return [
      {
        service: `${target.cluster}/${target.service}`,
        revision: revision.taskDefinition,
        goodAt: finishedAt?.toISOString() ?? '',
        deploymentId: serviceDeploymentArn ?? '',
        imageDigests: digestsOf(revision.containerImages),
      },
    ];
  });
}

/** A tag of the task definition wins over a label of a container. */
function supportedMigrations(described: DescribeTaskDefinitionCommandOutput | undefined): string[] | null {
  const declared =
    described?.tags?.find(({ key }) => key === SUPPORTED_MIGRATIONS_TAG)?.value ??
    described?.taskDefinition?.containerDefinitions
      ?.map(({ dockerLabels }) => dockerLabels?.[SUPPORTED_MIGRATIONS_LABEL])
      .find((label) => label !== undefined);
  return declared === undefined ? null : declared.split(/[\s,]+/).filter((revision) => revision !== '');
}
