import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { Wanted } from './judge-sources.ts';

/** All that ECS reads before it starts a container: without any of them it does not start. */
export function secretsOf({
  secrets = [],
  logConfiguration,
  repositoryCredentials,
}: ContainerDefinition): Wanted[] {
  const login = repositoryCredentials?.credentialsParameter;
  return [
    ...secrets.map(({ name = '', valueFrom = '' }) => ({ name, valueFrom })),
    ...(logConfiguration?.secretOptions ?? []).map(({ name = '', valueFrom = '' }) => ({
      name: `log option ${name}`,
      valueFrom,
    })),
    ...(login === undefined ? [] : [{ name: 'login to the registry', valueFrom: login }]),
  ];
}
