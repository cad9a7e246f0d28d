import * as sdk from '@aws-sdk/client-ecs';
import type { Machine, Service } from '../../contract.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { clusterOperations } from './cluster-operations.ts';
import { createService } from './create-service.ts';
import { deploymentOperations } from './deployment-operations.ts';
import { createEcsAccount } from './ecs-account.ts';
import { fromCloudFormation } from './from-cloudformation.ts';
import { runTaskOperation } from './run-task-operation.ts';
import { serviceOperations } from './service-operations.ts';
import { taskDefinitionOperations } from './task-definition-operations.ts';
import { taskOperations } from './task-operations.ts';

/** Elastic Container Service: task definitions, services whose tasks are real processes, deployments, single tasks. */
export function createEcsService(machine: Machine): Service {
  const account = createEcsAccount(machine);
  const { clusters, definitions, scheduler } = account;

  machine.engines.limitDesiredCount = (resourceId, { minimum, maximum }) => {
    const [, cluster, name = ''] = resourceId.split('/');
    const service = account.service(cluster, name);
    service.desiredCount = Math.min(maximum, Math.max(minimum, service.desiredCount));
  };

  return {
    name: 'ecs',
    apis: [
      {
        signingNames: ['ecs'],
        sdk,
        client: 'ECSClient',
        operations: {
          ...taskDefinitionOperations(account),
          ...clusterOperations(account),
          ...serviceOperations(account),
          ...deploymentOperations(account),
          ...taskOperations(account),
          RunTask: runTaskOperation(account),
        },
      },
    ],
    providers: [
      {
        type: 'AWS::ECS::Cluster',
        create(resource) {
          refuseUnknown(resource, ['ClusterName', 'ClusterSettings', 'CapacityProviders', 'Configuration']);
          const name = resource.properties.ClusterName ?? resource.physicalName(255);
          clusters.add(name);
          return { ref: name, attributes: { Arn: account.clusterArn(name) } };
        },
      },
      {
        type: 'AWS::ECS::TaskDefinition',
        create(resource) {
          const { tags, ...definition } = fromCloudFormation(resource.properties);
          const registered = definitions.register(
            { ...definition, family: definition.family ?? resource.physicalName(255) },
            tags,
          );
          return { ref: registered.arn, attributes: { TaskDefinitionArn: registered.arn } };
        },
      },
      { type: 'AWS::ECS::Service', create: (resource) => createService(account, resource) },
    ],
    close() {
      scheduler.close();
      for (const { task } of account.tasks()) task.kill();
    },
  };
}
