import {
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandOutput,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import {
  REVERSIBLE_MIGRATIONS_TAG,
  SUPPORTED_MIGRATIONS_LABEL,
  SUPPORTED_MIGRATIONS_TAG,
} from '../../schemas/names.ts';
import { ecs } from './client.ts';
import { imagePresence } from './image-presence.ts';

export type DescribedRelease = Pick<DescribeTaskDefinitionCommandOutput, 'taskDefinition' | 'tags'>;

/** A task definition with its tags; undefined where it has been deleted. */
export async function describeRelease(taskDefinition: string): Promise<DescribedRelease | undefined> {
  try {
    return await ecs().send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
  } catch (error) {
    // A deleted revision cannot be described any more.
    if ((error as Error).name === 'ClientException') return undefined;
    throw error;
  }
}

/**
 * Why a release cannot be deployed, or undefined when it can.
 *
 * @param digests of its images by container, where they are known: tags move
 * @param warnings what could not be looked up is added to these
 */
export async function whyUnusable(
  definition: TaskDefinition | undefined,
  digests: Readonly<Record<string, string>>,
  warnings: string[],
): Promise<string | undefined> {
  if (definition === undefined) return 'the task definition has been deleted';
  if (definition.status !== 'ACTIVE')
    return `the task definition is ${definition.status}: it has been deregistered`;
  for (const { name = '', image = '' } of definition.containerDefinitions ?? []) {
    const presence = await imagePresence(image, digests[name]);
    if (presence === 'gone')
      return `the image of ${name} (${image.split('/').at(-1)}) is gone from its repository`;
    if (presence === 'unknown')
      warnings.push(`Whether the image ${image} still exists cannot be looked up: it is not in ECR.`);
  }
  return undefined;
}

/**
 * The migrations that a release declares to run against; null where it declares nothing. A tag of the task definition wins over
 * a label of a container.
 */
export function supportedMigrations(described: DescribedRelease | undefined): string[] | null {
  const declared =
    tagOf(described, SUPPORTED_MIGRATIONS_TAG) ??
    described?.taskDefinition?.containerDefinitions
      ?.map(({ dockerLabels }) => dockerLabels?.[SUPPORTED_MIGRATIONS_LABEL])
      .find((label) => label !== undefined);
  return declared === undefined ? null : revisions(declared);
}

/** The migrations that a release declares to be able to take back without losing data. */
export function reversibleMigrations(described: DescribedRelease | undefined): string[] {
  return revisions(tagOf(described, REVERSIBLE_MIGRATIONS_TAG) ?? '');
}

const tagOf = (described: DescribedRelease | undefined, wanted: string) =>
  described?.tags?.find(({ key }) => key === wanted)?.value;

const revisions = (declared: string) => declared.split(/[\s,]+/).filter((revision) => revision !== '');
