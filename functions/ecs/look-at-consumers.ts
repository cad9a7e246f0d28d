import { DescribeServicesCommand, type Service } from '@aws-sdk/client-ecs';
import type { LookOf } from '../wait/verdict.ts';
import { ecs } from './client.ts';
import type { AwaitedConsumers } from './consumer-state.ts';
import { judgeConsumers } from './judge-consumers.ts';

/**
 * DescribeServices takes no more at once.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
 */
const SERVICES_A_CALL = 10;

/** Whether services have stopped, or run as wanted. */
export const lookAtConsumers: LookOf<'consumers'> = async ({ services, tolerant }) => {
  const found = await describe(services);
  return judgeConsumers(
    services.map((wanted) => ({ wanted, found: found.get(keyOf(wanted.cluster, wanted.service)) })),
    new Date(),
    tolerant,
  );
};

const lastPart = (nameOrArn: string): string => nameOrArn.split('/').at(-1) as string;
const keyOf = (cluster: string, service: string): string => `${lastPart(cluster)}/${lastPart(service)}`;

async function describe(wanted: AwaitedConsumers['services']): Promise<Map<string, Service>> {
  const found = new Map<string, Service>();
  for (const [cluster = '', members = []] of Map.groupBy(wanted, (consumer) => consumer.cluster)) {
    const names = [...new Set(members.map(({ service }) => service))];
    for (let from = 0; from < names.length; from += SERVICES_A_CALL) {
      const { services = [] } = await ecs().send(
        new DescribeServicesCommand({ cluster, services: names.slice(from, from + SERVICES_A_CALL) }),
      );
      for (const service of services) found.set(keyOf(cluster, service.serviceName ?? ''), service);
    }
  }
  return found;
}
