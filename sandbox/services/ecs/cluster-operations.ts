import type { Operation } from '../../contract.ts';
import { anywhere, clusterName, type EcsAccount } from './ecs-account.ts';

/** The operations on clusters. */
export function clusterOperations(account: EcsAccount): Record<string, Operation> {
  const { clusters, services, clusterArn } = account;
  return {
    DescribeClusters: {
      permissions: (input) =>
        (input.clusters ?? ['default']).map((cluster: string) => ({
          action: 'ecs:DescribeClusters',
          resource: clusterArn(cluster),
        })),
      handle(input) {
        const names: string[] = (input.clusters ?? ['default']).map(clusterName);
        return {
          clusters: names
            .filter((name) => clusters.has(name))
            .map((name) => ({
              clusterArn: clusterArn(name),
              clusterName: name,
              status: 'ACTIVE',
              activeServicesCount: [...services.values()].filter((service) => service.clusterName === name)
                .length,
            })),
          failures: names
            .filter((name) => !clusters.has(name))
            .map((name) => ({ arn: clusterArn(name), reason: 'MISSING' })),
        };
      },
    },

    ListClusters: {
      permissions: anywhere('ListClusters'),
      handle: () => ({ clusterArns: [...clusters].map((name) => clusterArn(name)) }),
    },
  };
}
