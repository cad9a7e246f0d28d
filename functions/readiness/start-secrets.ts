import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { parseReference, type SecretReference, sourceOf } from '../preflight/secret-reference.ts';

/** What ECS reads before a task starts. */
export interface StartSecrets {
  /** Each source once. */
  readonly references: readonly SecretReference[];
  /** Names of those that ECS would refuse. */
  readonly refused: readonly string[];
}

/**
 * What ECS reads when it starts a task of a definition: its variables, options of its log drivers and logins to registries.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
 */
export function startSecrets(definition: Pick<TaskDefinition, 'containerDefinitions'>): StartSecrets {
  const wanted = (definition.containerDefinitions ?? []).flatMap((container) => [
    ...(container.secrets ?? []),
    ...(container.logConfiguration?.secretOptions ?? []),
    ...(container.repositoryCredentials === undefined
      ? []
      : [
          {
            name: `the login of ${container.name} to its registry`,
            valueFrom: container.repositoryCredentials.credentialsParameter,
          },
        ]),
  ]);
  const sources = new Map<string, SecretReference>();
  const refused: string[] = [];
  for (const { name = '', valueFrom = '' } of wanted) {
    const reference = parseReference(valueFrom);
    if (reference === undefined) refused.push(name);
    else sources.set(sourceOf(reference), reference);
  }
  return { references: [...sources.values()], refused };
}
