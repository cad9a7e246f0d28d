import { AwsError, type Operation } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { clusterName, type EcsAccount, inCluster, nameOf } from './ecs-account.ts';
import type { EcsService } from './ecs-model.ts';
import { showService } from './show-service.ts';

const MOST_SERVICES_PER_CALL = 10;

/** The operations on services. */
export function serviceOperations(account: EcsAccount): Record<string, Operation> {
  const { definitions, services, scheduler, serviceArn } = account;
  return {
    DescribeServices: {
      permissions: (input) =>
        input.services.map((name: string) =>
          inCluster(account, 'DescribeServices', input.cluster, serviceArn(input.cluster, name)),
        ),
      handle(input) {
        account.cluster(input.cluster);
        if (input.services.length > MOST_SERVICES_PER_CALL)
          throw new AwsError('InvalidParameterException', 'Service list cannot have more than 10 elements.');
        const found = input.services.map((name: string) =>
          services.get(`${clusterName(input.cluster)}/${nameOf(name)}`),
        );
        return {
          services: found.filter(Boolean).map((service: EcsService) => showService(service, input.include)),
          failures: input.services
            .filter((_: string, index: number) => !found[index])
            .map((name: string) => ({ arn: serviceArn(input.cluster, name), reason: 'MISSING' })),
        };
      },
    },

    ListServices: {
      permissions: (input) => [inCluster(account, 'ListServices', input.cluster, '*')],
      handle(input) {
        const name = account.cluster(input.cluster);
        const { page, nextToken } = paginate(
          [...services.values()].filter((service) => service.clusterName === name),
          input.nextToken,
          input.maxResults ?? 10,
        );
        return { serviceArns: page.map(({ arn }) => arn), nextToken };
      },
    },

    UpdateService: {
      permissions: (input) => [
        inCluster(account, 'UpdateService', input.cluster, serviceArn(input.cluster, input.service)),
      ],
      handle(input) {
        const service = account.service(input.cluster, input.service);
        if (service.controller !== 'ECS' && (input.taskDefinition || input.forceNewDeployment)) {
          throw new AwsError(
            'InvalidParameterException',
            `Unable to update task definition on services with a ${service.controller} deployment controller. Use AWS CodeDeploy to trigger a new deployment.`,
          );
        }
        const wanted =
          input.taskDefinition === undefined
            ? service.deployments[0]?.taskDefinition
            : definitions.find(input.taskDefinition);
        if (wanted?.status !== 'ACTIVE') throw new AwsError('ClientException', 'TaskDefinition is inactive');
        if (input.desiredCount !== undefined) service.desiredCount = input.desiredCount;
        const configuration = input.deploymentConfiguration;
        if (configuration?.minimumHealthyPercent !== undefined)
          service.minimumHealthyPercent = configuration.minimumHealthyPercent;
        if (configuration?.maximumPercent !== undefined)
          service.maximumPercent = configuration.maximumPercent;
        if (configuration?.deploymentCircuitBreaker)
          service.circuitBreaker = configuration.deploymentCircuitBreaker;
        if (wanted !== service.deployments[0]?.taskDefinition || input.forceNewDeployment)
          scheduler.deploy(service, wanted);
        return { service: showService(service) };
      },
    },
  };
}
