import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { InvalidInput } from '../errors.ts';

/**
 * Container whose environment the rules are for: the declared one, or the first essential one, to which the CDK sends a load
 * balancer's traffic too.
 *
 * @throws InvalidInput where the declared one is not there
 */
export function chooseContainer(
  containers: readonly ContainerDefinition[],
  declared: string | undefined,
  taskDefinition: string,
): ContainerDefinition {
  const names = containers.map(({ name }) => name);
  const chosen =
    declared === undefined
      ? (containers.find(({ essential }) => essential ?? true) ?? containers[0])
      : containers.find(({ name }) => name === declared);
  if (chosen !== undefined) return chosen;
  throw new InvalidInput(
    `${taskDefinition} has no container "${declared}", which preflight.container names; it has ${names.join(', ')}. Nothing was changed.`,
  );
}
