import { DescribeServicesCommand, type Service } from '@aws-sdk/client-ecs';
import type { ServiceTarget } from '../../schemas/target.ts';
import { readService } from '../run/directory.ts';
import { ecs } from './client.ts';
import { describeScaling, type Scaling } from './scaling.ts';

/** A declared service as it is now. */
export interface DeclaredService {
  readonly target: ServiceTarget;
  /** Undefined where ECS has no such active service. */
  readonly service: Service | undefined;
}

/** A service that uses a database or a secret, with how it is scaled. */
export interface Consumer extends DeclaredService {
  /** Null where its number of tasks is not scaled by itself. */
  readonly scaling: Scaling | null;
}

/** ECS describes no more services than these in one call. */
const MOST_SERVICES_PER_CALL = 10;

/** Names of declared services. */
interface Consumers {
  readonly consumers: readonly string[];
}

/** The declared consumers of a database or a secret, in the order in which they are named. */
export async function readConsumers(named: Consumers): Promise<Consumer[]> {
  const services = await readDeclared(named);
  const scaling = await describeScaling(services.map(({ target }) => target));
  return services.map((one) => ({
    ...one,
    scaling: scaling.get(`${one.target.cluster}/${one.target.service}`) ?? null,
  }));
}

/** The same without what is asked of Application Auto Scaling. */
export async function readDeclared({ consumers }: Consumers): Promise<DeclaredService[]> {
  const targets = await Promise.all(consumers.map(readService));
  const byCluster = Map.groupBy(targets, ({ cluster }) => cluster);
  const described = new Map<string, Service>();
  for (const [cluster, members] of byCluster)
    for (let start = 0; start < members.length; start += MOST_SERVICES_PER_CALL) {
      const names = members.slice(start, start + MOST_SERVICES_PER_CALL).map(({ service }) => service);
      for (const service of await describeActive(cluster, names))
        described.set(`${cluster}/${service.serviceName}`, service);
    }
  return targets.map((target) => ({
    target,
    service: described.get(`${target.cluster}/${target.service}`),
  }));
}

/** The services of those names that are there; ECS tells of the others under `failures`, or that there is no cluster. */
async function describeActive(cluster: string, services: string[]): Promise<Service[]> {
  try {
    const answer = await ecs().send(new DescribeServicesCommand({ cluster, services }));
    return (answer.services ?? []).filter(({ status }) => status === 'ACTIVE');
  } catch (error) {
    if ((error as Error).name === 'ClusterNotFoundException') return [];
    throw error;
  }
}

/** Who deploys the service: ECS itself, or something else that alone may choose its task definition. */
export const controllerOf = ({ deploymentController }: Service): string =>
  deploymentController?.type ?? 'ECS';
