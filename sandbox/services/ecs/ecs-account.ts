import { AwsError, type Machine, type Permission } from '../../contract.ts';
import type { EcsService, ServiceDeployment, SingleTask } from './ecs-model.ts';
import { ServiceScheduler } from './service-scheduler.ts';
import type { Task } from './task.ts';
import { TaskDefinitions } from './task-definitions.ts';

/** A task, and where it runs. */
export interface PlacedTask {
  readonly cluster: string;
  /** Of a task that a service runs. */
  readonly service: string | undefined;
  readonly task: Task;
}

/** What there is of ECS in this account. */
export interface EcsAccount {
  readonly machine: Machine;
  readonly definitions: TaskDefinitions;
  readonly scheduler: ServiceScheduler;
  /** Names. */
  readonly clusters: Set<string>;
  /** By `cluster/service`. */
  readonly services: Map<string, EcsService>;
  /** Tasks that RunTask has started. */
  readonly singleTasks: SingleTask[];
  clusterArn(id: string | undefined): string;
  serviceArn(cluster: string | undefined, service: string): string;
  taskArn(cluster: string | undefined, task: string): string;
  /** The cluster's name; throws `ClusterNotFoundException`. */
  cluster(id: string | undefined): string;
  /** Throws `ServiceNotFoundException`. */
  service(cluster: string | undefined, service: string): EcsService;
  /** Throws `ServiceDeploymentNotFoundException`. */
  deployment(arn: string): { service: EcsService; record: ServiceDeployment };
  tasks(): PlacedTask[];
}

/** The last part of an ARN; a name is itself. */
export const nameOf = (id: string): string => id.split('/').at(-1) as string;

export const clusterName = (id: string | undefined): string => nameOf(id ?? 'default');

export function createEcsAccount(machine: Machine): EcsAccount {
  const clusters = new Set<string>();
  const services = new Map<string, EcsService>();
  const singleTasks: SingleTask[] = [];
  const key = (cluster: string | undefined, service: string) => `${clusterName(cluster)}/${nameOf(service)}`;
  function cluster(id: string | undefined): string {
    const name = clusterName(id);
    if (!clusters.has(name)) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
    return name;
  }
  return {
    machine,
    definitions: new TaskDefinitions(machine),
    scheduler: new ServiceScheduler(machine, () => services.values()),
    clusters,
    services,
    singleTasks,
    clusterArn: (id) => machine.arn('ecs', `cluster/${clusterName(id)}`),
    serviceArn: (id, service) => machine.arn('ecs', `service/${key(id, service)}`),
    taskArn: (id, task) => machine.arn('ecs', `task/${clusterName(id)}/${nameOf(task)}`),
    cluster,
    service(id, service) {
      cluster(id);
      const found = services.get(key(id, service));
      if (!found) throw new AwsError('ServiceNotFoundException', 'Service not found.');
      return found;
    },
    deployment(arn) {
      for (const service of services.values()) {
        const record = service.serviceDeployments.find((one) => one.arn === arn);
        if (record) return { service, record };
      }
      throw new AwsError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
    },
    tasks: () => [
      ...[...services.values()].flatMap((service) =>
        service.tasks.map((task) => ({ cluster: service.clusterName, service: service.name, task })),
      ),
      ...singleTasks.map((one) => ({ cluster: one.cluster, service: undefined, task: one.task })),
    ],
  };
}

/** A permission on something in a cluster. */
export const inCluster = (
  { clusterArn }: EcsAccount,
  action: string,
  cluster: string | undefined,
  resource: string,
): Permission => ({
  action: `ecs:${action}`,
  resource,
  conditions: { 'ecs:cluster': clusterArn(cluster) },
});

/** The permission for an action without resource-level permissions. */
export const anywhere = (action: string) => (): Permission[] => [{ action: `ecs:${action}`, resource: '*' }];
