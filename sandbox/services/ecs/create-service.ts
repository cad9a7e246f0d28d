import type { CreatedResource, Resource } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import type { EcsAccount } from './ecs-account.ts';
import type { EcsService } from './ecs-model.ts';
import { fromCloudFormation } from './from-cloudformation.ts';

/** How long a stack waits for a service to become steady, in sandbox milliseconds. */
const STABILIZE_MILLISECONDS = 1_800_000;

/** Creates a service of a template, and waits until it is steady. */
export async function createService(account: EcsAccount, resource: Resource): Promise<CreatedResource> {
  const { machine, definitions, services, scheduler, clusterArn, serviceArn } = account;
  refuseUnknown(resource, [
    'ServiceName',
    'Cluster',
    'TaskDefinition',
    'DesiredCount',
    'LaunchType',
    'NetworkConfiguration',
    'LoadBalancers',
    'DeploymentConfiguration',
    'DeploymentController',
    'HealthCheckGracePeriodSeconds',
    'EnableECSManagedTags',
    'EnableExecuteCommand',
    'PropagateTags',
    'PlatformVersion',
    'AvailabilityZoneRebalancing',
  ]);
  const properties = fromCloudFormation(resource.properties);
  const cluster = account.cluster(properties.cluster);
  const name = properties.serviceName ?? resource.physicalName(255);
  const configuration = properties.deploymentConfiguration ?? {};
  const service: EcsService = {
    name,
    arn: serviceArn(cluster, name),
    clusterArn: clusterArn(cluster),
    clusterName: cluster,
    controller: properties.deploymentController?.type ?? 'ECS',
    createdAt: machine.clock.now(),
    targetGroups: properties.loadBalancers ?? [],
    network: properties.networkConfiguration,
    platformVersion: properties.platformVersion,
    graceSeconds: properties.healthCheckGracePeriodSeconds ?? 0,
    tags: properties.tags ?? [],
    desiredCount: properties.desiredCount ?? 1,
    minimumHealthyPercent: configuration.minimumHealthyPercent ?? 100,
    maximumPercent: configuration.maximumPercent ?? 200,
    circuitBreaker: configuration.deploymentCircuitBreaker ?? { enable: false, rollback: false },
    deployments: [],
    serviceDeployments: [],
    revisions: [],
    tasks: [],
    events: [],
    steady: false,
  };
  services.set(`${cluster}/${name}`, service);
  scheduler.deploy(service, definitions.find(properties.taskDefinition));
  const deadline = machine.clock.now() + STABILIZE_MILLISECONDS;
  while (service.controller === 'ECS' && !service.steady) {
    if (machine.clock.now() > deadline)
      throw new Error(`the service did not become steady: ${service.events[0]?.message}`);
    await machine.clock.sleep(1000);
  }
  return { ref: service.arn, attributes: { Name: name, ServiceArn: service.arn } };
}
