import { type Deployment, DescribeServicesCommand, type Service } from '@aws-sdk/client-ecs';
import type { ServiceTarget } from '../../schemas/target.ts';
import { PreconditionFailed } from '../errors.ts';
import { ecs } from './client.ts';

/**
 * The service as ECS describes it now.
 *
 * @throws PreconditionFailed where there is no such service: ECS reports it under `failures`, not as an error
 */
export async function describeService(target: Pick<ServiceTarget, 'cluster' | 'service'>): Promise<Service> {
  const { services = [], failures = [] } = await ecs().send(
    new DescribeServicesCommand({ cluster: target.cluster, services: [target.service] }),
  );
  const [service] = services;
  if (service?.status !== 'ACTIVE') {
    throw new PreconditionFailed(
      `ECS has no active service "${target.service}" in the cluster "${target.cluster}" (${failures[0]?.reason ?? service?.status ?? 'MISSING'}). Nothing was changed. Is the configuration still right?`,
    );
  }
  return service;
}

export const primaryOf = (service: Service): Deployment | undefined =>
  service.deployments?.find(({ status }) => status === 'PRIMARY');
